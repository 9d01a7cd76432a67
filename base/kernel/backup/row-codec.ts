/** A value as a store gives it. */
export type StoredValue = null | string | number | bigint | boolean | Uint8Array

/** A value in a line of JSON: what JSON has no form for is an object with one member. */
export type WrittenValue = null | string | number | boolean | { n: string } | { i: string } | { b: string }

/** Writes a value so that `readValue` gives the same one: bytes, 64-bit integers, NaN, infinities and -0 too. */
export function writeValue(value: StoredValue): WrittenValue {
  if (value instanceof Uint8Array) {
    return { b: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  }
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : { i: String(value) }
  }
  if (typeof value !== 'number') return value
  return Number.isFinite(value) && !Object.is(value, -0) ? value : { n: Object.is(value, -0) ? '-0' : String(value) }
}

/** Reads what `writeValue` wrote. */
export function readValue(value: WrittenValue): StoredValue {
  if (typeof value !== 'object' || value === null) return value
  if ('b' in value) return Buffer.from(value.b, 'base64')
  return 'i' in value ? BigInt(value.i) : Number(value.n)
}
