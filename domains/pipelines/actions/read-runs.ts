import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { RunRecord } from '../model/records.ts'
import type { RunFilter } from '../store/runs.ts'
import { query } from '../store/pipelines-store.ts'
import { showRuns } from './show-run.ts'

/** One run with its steps. */
export const readRun = query(contract.readRun, async ({ store, input, ask }) => {
  const [shown] = await showRuns(store, ask, [await store.runs.read(input.id)])
  if (shown === undefined) throw contract.problem['no-such-run']({ id: input.id })
  return shown
})

/** The runs of a pipeline, newest first. */
export const listRuns = query(contract.listRuns, async ({ store, input, ask }) => {
  const { name, ...rest } = input
  await store.pipelines.read(name)
  const page = pageOfRuns(await store.runs.list(filterOf(rest, name)), rest.limit)
  return { ...page, items: await showRuns(store, ask, page.items) }
})

/** The runs of all pipelines, newest first. */
export const listAllRuns = query(contract.listAllRuns, async ({ store, input, ask }) => {
  const page = pageOfRuns(await store.runs.list(filterOf(input)), input.limit)
  return { ...page, items: await showRuns(store, ask, page.items) }
})

type Asked = { limit: number; pageToken?: string | undefined; state?: RunFilter['state'] }

function filterOf({ limit, pageToken, state }: Asked, pipeline?: string): RunFilter {
  const [createdAtMs, id] = pageToken === undefined ? [] : (decodePageToken(pageToken) ?? [])
  const before = typeof createdAtMs === 'number' && typeof id === 'string' ? { createdAtMs, id } : undefined
  return { limit: limit + 1, pipeline, state, before }
}

function pageOfRuns(rows: readonly RunRecord[], limit: number) {
  return pageOf(
    rows,
    limit,
    (run) => [run.createdAtMs, run.id],
    (run) => run,
  )
}
