const scratch = new DataView(new ArrayBuffer(4))

/** The 16 bits of IEEE 754 binary16 nearest to a number, ties to even; beyond its range an infinity. */
export function halfOfNumber(value: number): number {
  scratch.setFloat32(0, Math.f16round(value))
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 0xff
  const fraction = bits & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  // Rounded to a half already: a shift loses nothing.
  if (exponent >= 113) return sign | ((exponent - 112) << 10) | (fraction >>> 13)
  return exponent < 103 ? sign : sign | ((fraction | 0x800000) >>> (126 - exponent))
}

/** The number that 16 bits of IEEE 754 binary16 stand for. */
export function numberOfHalf(bits: number): number {
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
