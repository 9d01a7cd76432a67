import type { DatabaseSync } from 'node:sqlite'

const patternLimit = 100

/**
 * Adds what SQL of ours may call on a reading connection: `a regexp b` (JavaScript's regular expressions, unanchored),
 * `millrace_number(text)` (the number a text reads as, or NULL), `millrace_contains(text, lowerCasePart)` and `millrace_alive()` (1; throws to end the statement).
 */
export function addFunctions(database: DatabaseSync, throwIfCancelled: () => void): void {
  const patterns = new Map<string, RegExp>()
  const patternOf = (source: string): RegExp => {
    const known = patterns.get(source)
    if (known !== undefined) return known
    if (patterns.size >= patternLimit) patterns.clear()
    const made = new RegExp(source, 'u')
    patterns.set(source, made)
    return made
  }
  const pure = { deterministic: true, directOnly: true }
  database.function('regexp', pure, (pattern, value) => {
    if (typeof value !== 'string' || typeof pattern !== 'string') return 0
    throwIfCancelled()
    return patternOf(pattern).test(value) ? 1 : 0
  })
  database.function('millrace_number', pure, (value) => numberOf(value))
  database.function('millrace_contains', pure, (value, part) =>
    typeof value === 'string' && typeof part === 'string' && value.toLowerCase().includes(part) ? 1 : 0,
  )
  database.function('millrace_alive', { directOnly: true }, () => {
    throwIfCancelled()
    return 1
  })
}

const numberForm = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && numberForm.test(value) ? Number(value) : null
}
