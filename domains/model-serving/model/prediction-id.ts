const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const form = /^pred_([0-9a-hjkmnp-tv-z]{9})([0-9a-hjkmnp-tv-z]{4})([0-9a-hjkmnp-tv-z]{12})(?:\.(\d{1,9}))?$/

/** Length of a request's prediction id, without a row. */
export const predictionIdLength = 30

/**
 * A request's prediction id: `pred_`, 9 characters of time (ms, base 32), 4 of the endpoint's hash, 12 random ones
 * (60 bits). It sorts by time, and a look-up knows from it which endpoint's files of which time to open.
 * @param bytes 12 random bytes, of which five bits each are used
 */
export function makePredictionId(nowMs: number, endpointHash: string, bytes: Uint8Array): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs
    lastTime = base32(nowMs, 9)
  }
  let text = ''
  for (let index = 0; index < 12; index += 1) text += alphabet[(bytes[index] ?? 0) & 31] ?? ''
  return `pred_${lastTime}${endpointHash}${text}`
}

// Many requests share a millisecond.
let lastMs = -1
let lastTime = ''

/** Four characters that stand for an endpoint in its prediction ids (FNV-1a, 20 bits of it). */
export function endpointHashOf(workspace: string, endpoint: string): string {
  let hash = 0x811c9dc5
  for (const char of `${workspace}/${endpoint}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  }
  return base32((hash ^ (hash >>> 20)) & 0xfffff, 4)
}

/** What a prediction id says. `row` is absent in a request's id. */
export interface PredictionIdParts {
  readonly requestId: string
  readonly loggedAtMs: number
  readonly endpointHash: string
  readonly row?: number
}

/** Takes a prediction id (`pred_…` or `pred_….3`) apart; undefined when it is none. */
export function parsePredictionId(id: string): PredictionIdParts | undefined {
  const match = form.exec(id)
  const [, time, endpointHash, , row] = match ?? []
  if (time === undefined || endpointHash === undefined) return undefined
  return {
    requestId: id.slice(0, predictionIdLength),
    loggedAtMs: numberOf(time),
    endpointHash,
    ...(row === undefined ? {} : { row: Number(row) }),
  }
}

function base32(value: number, length: number): string {
  let rest = value
  let text = ''
  for (let place = 0; place < length; place += 1) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function numberOf(text: string): number {
  let value = 0
  for (const char of text) value = value * 32 + alphabet.indexOf(char)
  return value
}
