import { endpoint, ref } from '@millrace/contract'
import { z } from 'zod'
import { action, ingest } from '../../store/datasets.ts'

const needs = { permission: 'datasets:administer' } as const
const Place = z.object({
  digest: z.string().length(64),
  pack: z.string(),
  atBytes: z.int(),
  frameBytes: z.int(),
  sizeBytes: z.int(),
})

/**
 * Not an address: forgets chunks of a pack that nobody has touched since, after those that are needed were moved to
 * another pack. Says whether nothing lies in the pack any more, so that its bytes may go.
 */
export const collectPack = ingest(
  endpoint({
    name: 'datasets.collect-pack',
    method: 'POST',
    path: '/collected-packs',
    summary: 'Forgets chunks',
    needs,
    input: z.object({
      pack: z.string(),
      dead: z.array(z.string().length(64)),
      untouchedSinceMs: z.int(),
      moved: z.object({ id: z.string(), sizeBytes: z.int(), places: z.array(Place) }).optional(),
    }),
    output: z.object({ forgotten: z.int(), empty: z.boolean() }),
  }),
  async ({ store, input, nowMs }) => {
    const { pack, dead, untouchedSinceMs, moved } = input
    if (moved !== undefined) await store.chunks.move(pack, moved, moved.places, nowMs)
    const forgotten = await store.chunks.forget(pack, dead, untouchedSinceMs)
    const empty = await store.chunks.forgetPack(pack)
    return { answer: { forgotten, empty }, counted: { source: ref('dataset-pack', pack), rows: forgotten } }
  },
)

/** Not an address: the audit's record of a collection. */
export const recordCollection = action(
  endpoint({
    name: 'datasets.record-collection',
    method: 'POST',
    path: '/collections',
    summary: 'Records what a collection freed',
    needs,
    input: z.object({ chunks: z.int(), files: z.int(), freedBytes: z.int() }),
    output: z.object({}),
  }),
  async ({ input, workspace }) => {
    const nothing = input.chunks + input.files === 0
    return { answer: {}, audit: nothing ? 'unchanged' : { object: ref('workspace', workspace), after: input } }
  },
)
