import { EpochMs } from '@millrace/contract'
import { Digest, FilePath } from '@millrace/datasets/contract'
import { z } from 'zod'

const mebibyte = 1024 * 1024
/** The most that S3 takes as one object. */
const largestBytes = 5 * 1024 * 1024 * mebibyte
/** The most parts that S3 takes. */
const mostParts = 10_000
const smallestPartBytes = 8 * mebibyte

/** The size of an upload's parts, all but the last: so that no more than 10,000 of them hold the file. */
export function partBytesOf(sizeBytes: number): number {
  return Math.max(smallestPartBytes, Math.ceil(sizeBytes / mostParts))
}

/** The file that an upload is to become. */
export const UploadedFile = z.object({
  path: FilePath,
  sizeBytes: z.int().min(1).max(largestBytes),
  /** Of the whole file. */
  digest: Digest,
  /** Whether the client would send the parts to the store itself, where the store can have that. */
  direct: z.boolean().default(false),
})

/** An upload that goes on after a break. Every part has `partBytes` bytes, but for the last. */
export const Upload = z.object({
  id: z.string(),
  path: z.string(),
  sizeBytes: z.int(),
  digest: z.string(),
  partBytes: z.int(),
  /** So many bytes are safe: the next part begins here. */
  offset: z.int(),
  /** The parts go to the store itself, at the addresses that it gives. */
  direct: z.boolean(),
  /** A day after the last part. */
  expiresAtMs: EpochMs,
})
export type Upload = z.infer<typeof Upload>

/** What the server alone knows of an upload. */
export const KeptUpload = Upload.extend({ root: z.string(), handle: z.string(), ended: z.boolean() })
export type KeptUpload = z.infer<typeof KeptUpload>

/** A request that a client sends to the store itself, before it expires. */
export const StoreRequest = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) })

export const UploadId = z.string().regex(/^[0-9a-f]{32}$/, 'is not the id of an upload')

/** A part that the client sent itself; `etag` is what the store answered. */
export const SentPart = z.object({ number: z.int().min(1).max(mostParts), etag: z.string().max(1000) })
