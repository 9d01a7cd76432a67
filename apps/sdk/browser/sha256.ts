// FIPS 180-4. `crypto.subtle` takes only whole buffers, and is missing on pages that are not secure.

const rounds = Uint32Array.from(fractions(64, 1 / 3))
const start = Uint32Array.from(fractions(8, 1 / 2))

/** The first 32 bits of the fractional parts of roots of the first primes. */
function fractions(count: number, power: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate += 1) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) if (candidate % divisor === 0) isPrime = false
    if (isPrime) found.push((candidate ** power % 1) * 2 ** 32)
  }
  return found
}

/** The SHA-256 of a stream of bytes as hexadecimal digits, in constant memory. */
export async function sha256(bytes: ReadableStream<Uint8Array>): Promise<string> {
  const state = start.slice()
  const block = new Uint8Array(64)
  const view = new DataView(block.buffer)
  let filled = 0
  let length = 0
  const take = (part: Uint8Array) => {
    for (let from = 0; from < part.length;) {
      const until = Math.min(part.length, from + 64 - filled)
      block.set(part.subarray(from, until), filled)
      filled += until - from
      from = until
      if (filled === 64) {
        mix(state, view)
        filled = 0
      }
    }
    length += part.length
  }
  const reader = bytes.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) take(read.value)
  const bits = length * 8
  const padding = new Uint8Array((filled < 56 ? 56 : 120) - filled + 8)
  padding[0] = 0x80
  const end = new DataView(padding.buffer)
  end.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32))
  end.setUint32(padding.length - 4, bits >>> 0)
  take(padding)
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')
}

const words = new Uint32Array(64)

function mix(state: Uint32Array, block: DataView): void {
  for (let index = 0; index < 16; index += 1) words[index] = block.getUint32(index * 4)
  for (let index = 16; index < 64; index += 1) {
    const [near, far] = [at(words, index - 2), at(words, index - 15)]
    const s0 = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3)
    const s1 = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10)
    words[index] = at(words, index - 16) + s0 + at(words, index - 7) + s1
  }
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let index = 0; index < 64; index += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(rounds, index) + at(words, index)) | 0
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = at(state, 0) + a
  state[1] = at(state, 1) + b
  state[2] = at(state, 2) + c
  state[3] = at(state, 3) + d
  state[4] = at(state, 4) + e
  state[5] = at(state, 5) + f
  state[6] = at(state, 6) + g
  state[7] = at(state, 7) + h
}

function at(array: Uint32Array, index: number): number {
  return array[index] ?? 0
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}
