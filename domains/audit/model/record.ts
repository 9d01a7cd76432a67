import { canonicalJson } from '@millrace/contract'

/** SHA-256 of a text in UTF-8, in lower-case hexadecimal. Passed in, so that rules need no library of a platform. */
export type Sha256 = (text: string) => string

/** What a record's digest covers. */
export interface RecordBody {
  readonly id: string
  readonly workspace: string
  readonly atMs: number
  readonly actor: { readonly id: string; readonly kind: string; readonly name: string }
  readonly action: string
  readonly object: { readonly kind: string; readonly id: string }
  readonly reason: string | null
  readonly requestId: string
  /** Salted digests, so that the states they stand for can be erased without breaking the chain or being guessed from it. */
  readonly beforeDigest: string | null
  readonly afterDigest: string | null
}

/** The states that lie beside a record, as canonical JSON texts. */
export interface Payload {
  readonly salt: string
  readonly before: string | null
  readonly after: string | null
}

/** Where a chain ends. `hash` is the chain hash of record number `length`. */
export interface Head {
  readonly length: number
  readonly hash: string
}

/** What the first record is linked to. */
export const beginning = '0'.repeat(64)

/** The record's own digest: SHA-256 over its members in canonical JSON (RFC 8785). */
export function recordDigest(record: RecordBody, sha256: Sha256): string {
  return sha256(
    canonicalJson({
      id: record.id,
      workspace: record.workspace,
      atMs: record.atMs,
      actor: { id: record.actor.id, kind: record.actor.kind, name: record.actor.name },
      action: record.action,
      object: { kind: record.object.kind, id: record.object.id },
      reason: record.reason,
      requestId: record.requestId,
      beforeDigest: record.beforeDigest,
      afterDigest: record.afterDigest,
    }),
  )
}

/** The digest of a state: SHA-256 over salt, line feed, canonical JSON. */
export function payloadDigest(salt: string, json: string, sha256: Sha256): string {
  return sha256(`${salt}\n${json}`)
}

/** The chain hash of a record: SHA-256 over the one before it and the record's digest, both as hexadecimal text. */
export function chainHash(previous: string, digest: string, sha256: Sha256): string {
  return sha256(previous + digest)
}
