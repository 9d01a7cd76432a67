/** JSON as clients write it: Python's bare NaN and infinities are numbers, integers beyond 2^53 stay exact as bigint. */
export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string }

/** Parses a body. NaN becomes null, which tensor readers take for NaN. */
export function parseJson(body: Uint8Array): Parsed {
  const text = new TextDecoder('utf-8', { fatal: true })
  try {
    return parseText(text.decode(body))
  } catch {
    return { ok: false, reason: 'it is not UTF-8' }
  }
}

function parseText(text: string): Parsed {
  const plain = tryParse(text)
  if (plain.ok) return plain
  const without = withoutBareNumbers(text)
  return without === text ? plain : tryParse(without)
}

function tryParse(text: string): Parsed {
  try {
    const value = longInteger.test(text) ? (JSON.parse(text, exactly) as unknown) : (JSON.parse(text) as unknown)
    return { ok: true, value }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message.slice(0, 300) : String(error) }
  }
}

const longInteger = /\d{16}/

function exactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? ''
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
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
