import type { Verification } from '../contract.ts'
import type { Head, Payload, RecordBody, Sha256 } from './record.ts'
import { beginning, chainHash, payloadDigest, recordDigest } from './record.ts'

/** A record as it is stored. `payload` is null when there was none or it was erased. */
export interface ChainRow extends RecordBody {
  readonly sequence: number | null
  readonly digest: string
  readonly chainHash: string | null
  readonly payload: Payload | null
}

export interface VerifyOptions {
  readonly sha256: Sha256
  /** The head kept outside the store: without it a chain that was cut off at its end reads as whole. */
  readonly head?: Head | undefined
}

/** An act that erased the payload of the record it names. */
export const erasure = { action: 'audit.erase-payload', objectKind: 'audit-record' } as const

const namedUnsealed = 100

type Bad = NonNullable<Verification['firstBad']>

/**
 * Reads a chain from its beginning (sealed records by `sequence`, then the unsealed in the order they were written)
 * and stops at the first record that is not as it was written. Finds a changed byte, a removed or added record, a
 * reordering, and with `head` a truncated end and a chain that was written anew.
 */
export async function verifyChain(
  rows: AsyncIterable<ChainRow> | Iterable<ChainRow>,
  options: VerifyOptions,
): Promise<Verification> {
  const walk = new ChainWalk(options)
  for await (const row of rows) {
    const reason = walk.take(row)
    if (reason !== undefined) return walk.verdict({ sequence: row.sequence, id: row.id, reason })
  }
  return walk.verdict(walk.badEnd())
}

class ChainWalk {
  readonly #sha256: Sha256
  readonly #head: Head | undefined
  #length = 0
  #hash = beginning
  #unsealed = 0
  #erased = 0
  readonly #unsealedIds: string[] = []
  /** Records without their payload, until the record that says why is read. */
  readonly #unexplained = new Map<string, number | null>()

  constructor({ sha256, head }: VerifyOptions) {
    this.#sha256 = sha256
    this.#head = head
  }

  /** Takes the next record; says what is wrong with it. */
  take(row: ChainRow): string | undefined {
    const bad = this.#badDigest(row) ?? this.#badPayload(row) ?? this.#badPlace(row)
    if (bad !== undefined) return bad
    if (row.action === erasure.action && row.object.kind === erasure.objectKind) this.#unexplained.delete(row.object.id)
    return undefined
  }

  #badDigest(row: ChainRow): string | undefined {
    return recordDigest(row, this.#sha256) === row.digest
      ? undefined
      : 'its content does not match its digest: it was changed after it was written'
  }

  #badPayload(row: ChainRow): string | undefined {
    const { payload, beforeDigest, afterDigest } = row
    if (payload === null) {
      if (beforeDigest === null && afterDigest === null) return undefined
      this.#erased += 1
      this.#unexplained.set(row.id, row.sequence)
      return undefined
    }
    const digestOf = (json: string | null) => (json === null ? null : payloadDigest(payload.salt, json, this.#sha256))
    if (digestOf(payload.before) !== beforeDigest)
      return 'its state before the act does not match the digest in the chain'
    if (digestOf(payload.after) !== afterDigest) return 'its state after the act does not match the digest in the chain'
    return undefined
  }

  #badPlace(row: ChainRow): string | undefined {
    if (row.sequence === null || row.chainHash === null) {
      if (row.sequence !== row.chainHash) return 'it has a number or a chain hash, but not both'
      this.#unsealed += 1
      if (this.#unsealedIds.length < namedUnsealed) this.#unsealedIds.push(row.id)
      return undefined
    }
    const expected = this.#length + 1
    if (row.sequence !== expected) return `record number ${expected} is missing before it`
    const hash = chainHash(this.#hash, row.digest, this.#sha256)
    if (hash !== row.chainHash)
      return 'its chain hash does not follow from the record before it: a record was changed, moved or removed'
    this.#length = expected
    this.#hash = hash
    if (this.#head?.length === expected && this.#head.hash !== hash) {
      return 'its chain hash is not the one in the head file: the chain was written anew'
    }
    return undefined
  }

  /** What is wrong at the end, when every record by itself was right. */
  badEnd(): Bad | undefined {
    const length = this.#length
    if (this.#head !== undefined && this.#head.length > length) {
      const missing = `the head file counts ${this.#head.length} records, but the chain ends after ${length}: its end was cut off`
      return { sequence: length + 1, id: null, reason: missing }
    }
    const [first] = this.#unexplained
    if (first === undefined) return undefined
    const [id, sequence] = first
    return { sequence, id, reason: 'its states before and after are gone, and no erasure is recorded' }
  }

  verdict(firstBad: Bad | undefined): Verification {
    return {
      ok: firstBad === undefined,
      length: this.#length,
      head: this.#length === 0 ? null : this.#hash,
      unsealed: this.#unsealed,
      unsealedIds: this.#unsealedIds,
      erased: this.#erased,
      ...(firstBad === undefined ? {} : { firstBad }),
    }
  }
}
