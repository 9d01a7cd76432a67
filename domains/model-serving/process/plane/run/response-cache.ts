import { hash } from 'node:crypto'
import type { PlaneCache } from '../../../model/plane-snapshot.ts'
import type { Tensor } from '../../../model/tensor.ts'
import { bytesOfNumbers, isTexts } from '../../../model/tensor.ts'

/** Answers by what was asked and of which version; the longest unused go first when it is full. */
export interface ResponseCache {
  get(key: string): readonly Tensor[] | undefined
  put(key: string, outputs: readonly Tensor[]): void
  /** True when it was made from the same declaration. */
  is(declared: PlaneCache): boolean
  sizeBytes(): number
}

interface Kept {
  readonly outputs: readonly Tensor[]
  readonly sizeBytes: number
  readonly untilMs: number
}

/** An entry's own cost beside its elements: key, shapes, objects. */
const entryBytes = 400

/** Makes an empty cache. */
export function createResponseCache(declared: PlaneCache, nowMs: () => number): ResponseCache {
  const { maxBytes, ttlMs } = declared
  // A map hands out its keys in the order of insertion, so what is used again is inserted again.
  const kept = new Map<string, Kept>()
  let sizeBytes = 0
  const remove = (key: string) => {
    sizeBytes -= kept.get(key)?.sizeBytes ?? 0
    kept.delete(key)
  }
  return {
    get: (key) => {
      const found = kept.get(key)
      if (found === undefined) return undefined
      if (found.untilMs <= nowMs()) {
        remove(key)
        return undefined
      }
      kept.delete(key)
      kept.set(key, found)
      return found.outputs
    },
    put: (key, outputs) => {
      const size = entryBytes + outputs.reduce((sum, output) => sum + bytesOf(output), 0)
      if (size > maxBytes) return
      remove(key)
      // A batch's outputs are views of one buffer, which would be kept whole.
      kept.set(key, { outputs: outputs.map(ownCopy), sizeBytes: size, untilMs: nowMs() + ttlMs })
      sizeBytes += size
      for (const oldest of kept.keys()) {
        if (sizeBytes <= maxBytes) break
        remove(oldest)
      }
    },
    is: (other) => other.maxBytes === maxBytes && other.ttlMs === ttlMs,
    sizeBytes: () => sizeBytes,
  }
}

/** A key of a version and inputs in the signature's order: SHA-256 of shapes and elements. */
export function cacheKeyOf(versionId: string, inputs: readonly Tensor[]): string {
  const parts: Uint8Array[] = []
  for (const { shape, data } of inputs) {
    const bytes = isTexts(data) ? Buffer.from(JSON.stringify(data)) : bytesOfNumbers(data)
    parts.push(Buffer.from(`${shape.join(',')};${bytes.length};`), bytes)
  }
  return `${versionId}:${hash('sha256', Buffer.concat(parts), 'base64')}`
}

function bytesOf({ data }: Tensor): number {
  return isTexts(data) ? data.reduce((sum, text) => sum + 2 * text.length + 16, 0) : data.byteLength
}

function ownCopy(output: Tensor): Tensor {
  return { ...output, data: output.data.slice() }
}
