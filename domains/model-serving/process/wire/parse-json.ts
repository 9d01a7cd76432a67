/**
 * Parses JSON as inference clients write it: Python's bare NaN, Infinity and -Infinity are numbers too. NaN becomes null,
 * which readers of tensors take for NaN. Throws the SyntaxError of JSON.parse.
 */
export function parseTolerantly(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const plain = withoutBareNumbers(text)
    if (plain === text) throw error
    return JSON.parse(plain) as unknown
  }
}

/** Parses as `parseTolerantly` does, with integers beyond 2^53 as bigint, for 64-bit tensors. */
export function parseExactly(text: string): unknown {
  const exact = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    const source = context?.source ?? ''
    return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
  }
  return JSON.parse(withoutBareNumbers(text), exact) as unknown
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
