import { ref } from '@millrace/contract'
import { readRun } from '@millrace/experiment-tracking'
import * as contract from '../contract.ts'
import { known, protectedTags } from '../model/trace.ts'
import type { TracesStore } from '../store/traces-store.ts'
import { action, ingest } from '../store/traces-store.ts'

const { problem } = contract

/** Deletes traces of an experiment with all that belongs to them. Throws `bad-deletion`. */
export const deleteTraces = action(contract.deleteTraces, async ({ store, input }) => {
  const { beforeMs, limit } = input
  const reason = misaskedDeletion(input)
  if (reason !== undefined) throw problem['bad-deletion']({ reason })
  const experiment = Number(input.experimentId)
  const ids =
    beforeMs === undefined
      ? await store.traces.within(experiment, input.ids)
      : await store.traces.oldest(experiment, beforeMs, Math.min(limit ?? 100_000, 100_000))
  await store.traces.remove(ids)
  return {
    answer: { deleted: ids.length },
    audit:
      ids.length === 0
        ? 'unchanged'
        : { object: ref('experiment', `#${experiment}`), before: { traces: ids.slice(0, 1000), count: ids.length } },
  }
})

interface Deletion {
  readonly ids: readonly string[]
  readonly beforeMs?: number | undefined
  readonly limit?: number | undefined
}

function misaskedDeletion({ ids, beforeMs, limit }: Deletion): string | undefined {
  if (beforeMs === undefined && ids.length === 0)
    return 'Either `max_timestamp_millis` or `trace_ids` must be specified.'
  if (beforeMs !== undefined && ids.length > 0)
    return 'Only one of `max_timestamp_millis` and `trace_ids` can be specified.'
  if (ids.length > 0 && limit !== undefined) return "`max_traces` can't be specified if `trace_ids` is specified."
  return limit !== undefined && limit <= 0 ? `\`max_traces\` must be a positive integer, received ${limit}.` : undefined
}

/** Sets tags of a trace and removes those that are null. Throws `trace-not-found`, `tag-not-found`, `tag-protected`. */
export const tagTrace = ingest(contract.tagTrace, async ({ store, input, scope }) => {
  const { id, tags } = input
  const row = await store.traces.find(id)
  if (row === undefined) throw problem['trace-not-found']({ id })
  for (const [key, value] of Object.entries(tags)) {
    if (protectedTags.has(key)) throw problem['tag-protected']({ key, verb: value === null ? 'deleted' : 'set' })
    if (value === null) await removeTag(store, id, key, row.name)
    else if (key !== known.name) await store.labels.put(scope.dialect, [{ traceId: id, kind: 'tag', key, value }])
  }
  const name = tags[known.name]
  if (name !== undefined) await store.traces.put(scope.dialect, [{ ...row, name }])
  return { answer: {}, counted: { source: ref('trace', id), rows: Object.keys(tags).length } }
})

async function removeTag(store: TracesStore, id: string, key: string, name: string | null): Promise<void> {
  const there = key === known.name ? name !== null : await store.labels.remove(id, 'tag', key)
  if (!there) throw problem['tag-not-found']({ id, key })
}

/**
 * Says that traces belong to a run, or used prompts. A trace may be linked to a run before it arrives, since clients export
 * behind the work. Throws `trace-not-found` for prompts, experiment-tracking's `run-not-found`.
 */
export const linkTraces = ingest(contract.linkTraces, async ({ store, input, scope, ask }) => {
  const { ids, runId, prompts } = input
  if (runId !== undefined) await ask(readRun, { id: runId })
  if (prompts.length > 0) {
    const here = new Set((await store.traces.some(ids)).map(({ id }) => id))
    const missing = ids.find((id) => !here.has(id))
    if (missing !== undefined) throw problem['trace-not-found']({ id: missing })
  }
  const keys = [
    ...(runId === undefined ? [] : [{ kind: 'run' as const, key: runId }]),
    ...prompts.map((key) => ({ kind: 'prompt' as const, key })),
  ]
  const labels = ids.flatMap((id) => keys.map(({ kind, key }) => ({ traceId: id, kind, key, value: '' })))
  await store.labels.put(scope.dialect, labels)
  return { answer: {}, counted: { source: ref('run', runId ?? ''), rows: labels.length } }
})
