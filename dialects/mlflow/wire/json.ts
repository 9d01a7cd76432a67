import { kernelProblem } from '@millrace/kernel'

// What the language's library does not declare yet: the reviver's third argument and JSON.rawJSON.
interface NewJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}
const json = JSON as unknown as NewJson // Node 24 has both

/**
 * JSON as MLflow's clients write it: NaN and infinities may stand bare (they become texts), integers beyond 2^53 become
 * `bigint`, and very old clients send JSON inside a JSON string. An empty text is `{}`. Throws `kernel/malformed-json`.
 */
export function readJson(text: string): unknown {
  if (text.trim() === '') return {}
  const value = parse(text)
  return typeof value === 'string' ? parse(value) : value
}

/** JSON in which a `bigint` is a number with all its digits. */
export function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? json.rawJSON(String(member)) : member,
    )
  }
}

// Only a whole number that JavaScript would round is worth a reviver's time: a batch of fractions has many digits, too.
const hasLongInteger = /[\s:[,-]\d{16,19}(?![\d.eE])/

function parse(text: string): unknown {
  if (text.includes('\\u0000'))
    throw kernelProblem['malformed-json']({ reason: 'it holds the character U+0000, which cannot be stored' })
  const usual = withoutBareNumbers(text)
  try {
    return hasLongInteger.test(usual) ? json.parse(usual, exact) : (JSON.parse(usual) as unknown)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw kernelProblem['malformed-json']({ reason: reason.slice(0, 300) }, error)
  }
}

function exact(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value
  return /^-?\d+$/.test(source) ? BigInt(source) : value
}

function withoutBareNumbers(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  )
}
