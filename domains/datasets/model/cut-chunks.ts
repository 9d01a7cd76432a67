/** How long chunks are: never under `minimum` (but the last), never over `maximum`, `average` where content decides. */
export interface ChunkSizes {
  readonly minimum: number
  readonly average: number
  readonly maximum: number
  /** How many leading zeros the rolling hash needs before and behind `average`. */
  readonly bits: readonly [before: number, behind: number]
}

const small: ChunkSizes = { minimum: 16_384, average: 65_536, maximum: 262_144, bits: [18, 14] }
const large: ChunkSizes = { minimum: 262_144, average: 1_048_576, maximum: 4_194_304, bits: [22, 18] }
/** From here on chunks are sixteen times as long, so that a list of them stays short. */
const largeFileBytes = 4 * 1024 ** 3

/** The sizes for a file. Two versions share chunks only where they were cut by the same sizes. */
export function chunkSizesFor(fileBytes: number): ChunkSizes {
  return fileBytes < largeFileBytes ? small : large
}

/**
 * Where the chunk that begins at `start` ends, looking no further than `end`. `end` is taken as the file's end when less
 * than `maximum` follows, so give at least so much where there is more.
 *
 * Gear rolling hash with normalised chunking: Xia et al., "FastCDC: a fast and efficient content-defined chunking
 * approach for data deduplication", USENIX ATC 2016, sections 3.2 to 3.5; 32 bits wide, so a boundary depends on the
 * 32 bytes before it and on nothing else.
 */
export function cutPoint(bytes: Uint8Array, start: number, end: number, sizes: ChunkSizes): number {
  if (end - start <= sizes.minimum) return end
  const normal = Math.min(end, start + sizes.average)
  const last = Math.min(end, start + sizes.maximum)
  const [before, behind] = sizes.bits
  return boundaryIn(bytes, start + sizes.minimum, normal, before) ?? boundaryIn(bytes, normal, last, behind) ?? last
}

/** The first place in [from, to) where the hash of the last 32 bytes begins with so many zero bits. */
function boundaryIn(bytes: Uint8Array, from: number, to: number, zeroBits: number): number | undefined {
  const shift = 32 - zeroBits
  let hash = 0
  for (let at = from - 32; at < from; at += 1) hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0
  for (let at = from; at < to; at += 1) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0
    if (hash >>> shift === 0) return at + 1
  }
  return undefined
}

/** 256 fixed random numbers: Marsaglia's xorshift32 from the golden ratio. They are part of the format. */
const gear = gearTable()

function gearTable(): Int32Array {
  const table = new Int32Array(256)
  let state = 0x9e3779b9 | 0
  for (let index = 0; index < 256; index += 1) {
    // A few rounds between the entries keep neighbours apart.
    for (let round = 0; round < 8; round += 1) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
    }
    table[index] = state
  }
  return table
}
