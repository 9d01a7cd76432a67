/** The 16 bits of a number in half precision. */
export function bitsOfHalf(value: number): number {
  halves[0] = value
  return bits[0] ?? 0
}

/** The number that 16 bits in half precision stand for. */
export function halfOfBits(value: number): number {
  bits[0] = value
  return halves[0] ?? 0
}

const halves = new Float16Array(1)
const bits = new Uint16Array(halves.buffer)
