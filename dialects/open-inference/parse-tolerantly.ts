import { inferenceProblem } from './inference-problem.ts'

/**
 * Parses JSON as inference clients write it: Python's bare NaN, Infinity and -Infinity are numbers too. NaN becomes null,
 * which tensor readers take for NaN. Throws `open-inference/malformed-json`.
 */
export function parseTolerantly(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const plain = withoutBareNumbers(text)
    if (plain !== text) return parsePlain(plain)
    throw malformed(error)
  }
}

/** Parses with integers beyond 2^53 as bigint, for 64-bit tensors. The text has been parsed once before. */
export function parseExactly(text: string): unknown {
  const exact = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    const source = context?.source ?? ''
    return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
  }
  return JSON.parse(withoutBareNumbers(text), exact) as unknown
}

function parsePlain(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw malformed(error)
  }
}

function malformed(error: unknown) {
  const reason = error instanceof Error ? error.message : String(error)
  return inferenceProblem['malformed-json']({ reason: reason.slice(0, 300) }, error)
}

const wordsOutsideTexts = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g

/** Writes the bare words as JSON has them: null, and numbers too large for a double. Texts stay as they are. */
function withoutBareNumbers(text: string): string {
  return text.replaceAll(wordsOutsideTexts, (found) => {
    if (found === 'NaN') return 'null'
    if (found === 'Infinity') return '1e999'
    return found === '-Infinity' ? '-1e999' : found
  })
}
