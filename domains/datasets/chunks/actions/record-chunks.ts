import { endpoint, PathName, ref } from '@millrace/contract'
import { z } from 'zod'
import { ingest } from '../../store/datasets.ts'

const named = (input: { name: string }) => ref('dataset', input.name)
const needs = { permission: 'datasets:write', on: named } as const
const Hex = z.string().length(64)

/** Not an address: the transaction at the end of an upload of chunks. */
export const recordPack = ingest(
  endpoint({
    name: 'datasets.record-pack',
    method: 'POST',
    path: '/datasets/{name}/packs',
    summary: 'Records where uploaded chunks lie',
    needs,
    input: z.object({
      name: PathName,
      id: z.string(),
      sizeBytes: z.int(),
      places: z.array(
        z.object({ digest: Hex, pack: z.string(), atBytes: z.int(), frameBytes: z.int(), sizeBytes: z.int() }),
      ),
    }),
    output: z.object({}),
  }),
  async ({ store, input, nowMs }) => {
    await store.chunks.insertPack(input, input.places, nowMs)
    return { answer: {}, counted: { source: named(input), rows: input.places.length } }
  },
)

/** Not an address: keeps chunks that somebody counts on from being collected. */
export const touchChunks = ingest(
  endpoint({
    name: 'datasets.touch-chunks',
    method: 'POST',
    path: '/datasets/{name}/touched-chunks',
    summary: 'Keeps chunks for the grace period',
    needs,
    input: z.object({ name: PathName, digests: z.array(Hex) }),
    output: z.object({}),
  }),
  async ({ store, input, nowMs }) => {
    await store.chunks.touch(input.digests, nowMs)
    return { answer: {}, counted: { source: named(input), rows: input.digests.length } }
  },
)

/** Not an address: remembers files whose chunks were read and found to have their digest. */
export const markVerified = ingest(
  endpoint({
    name: 'datasets.mark-verified',
    method: 'POST',
    path: '/datasets/{name}/verified-contents',
    summary: 'Remembers verified files',
    needs,
    input: z.object({ name: PathName, contents: z.array(z.object({ digest: z.string(), recipe: Hex })) }),
    output: z.object({}),
  }),
  async ({ store, input, nowMs }) => {
    await store.chunks.markVerified(input.contents, nowMs)
    return { answer: {}, counted: { source: named(input), rows: input.contents.length } }
  },
)
