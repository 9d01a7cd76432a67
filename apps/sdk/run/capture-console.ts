const levels = ['debug', 'log', 'info', 'warn', 'error'] as const

type Level = (typeof levels)[number]
type Write = (...values: unknown[]) => void

const listeners = new Set<(line: string) => void>()
let originals: readonly (readonly [Level, Write])[] = []

/** Gives every line that is written to the console to `take`, which is still written. The answer ends that. */
export function captureConsole(take: (line: string) => void): () => void {
  if (listeners.size === 0) replace()
  listeners.add(take)
  return () => {
    listeners.delete(take)
    if (listeners.size === 0) restore()
  }
}

function replace(): void {
  originals = levels.map((level) => [level, console[level]] as const)
  for (const [level, write] of originals) {
    console[level] = (...values: unknown[]) => {
      write.apply(console, values)
      const line = `${new Date().toISOString()} ${level} ${values.map(textOf).join(' ')}\n`
      for (const take of listeners) take(line)
    }
  }
}

function restore(): void {
  for (const [level, write] of originals) console[level] = write
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.stack ?? String(value)
  try {
    return JSON.stringify(value) ?? `[${typeof value}]`
  } catch {
    return Object.prototype.toString.call(value) // circular, or of a kind that has no text
  }
}
