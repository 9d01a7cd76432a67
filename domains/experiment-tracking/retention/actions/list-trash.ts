import { decodePageToken, pageOf } from '@millrace/contract'
import type { AnswerOf } from '@millrace/contract'
import { isVisible } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import { findExperiment } from '../../actions/find-experiment.ts'
import { problem } from '../../model/problems.ts'
import { query } from '../../store/tracking.ts'
import type { Trashed, TrashPosition } from '../store/trash-rows.ts'

/** What was deleted and can be restored, of the experiments that the caller may read. */
export const listTrash = query(contract.listTrash, async ({ store, input, visible }) => {
  const { kind, limit, experiment } = input
  const mayRead = await visible(contract.listTrash.needs.permission, 'experiment')
  const numbers = experiment === undefined ? undefined : [(await findExperiment(store, experiment)).number]
  const found: Trashed[] = []
  let after = positionOf(input.pageToken)
  for (let more = true; more && found.length <= limit;) {
    const rows = await store.trash.list({
      kind,
      untilMs: Number.MAX_SAFE_INTEGER,
      limit: limit + 1,
      ...(numbers === undefined ? {} : { experiments: numbers }),
      ...(after === undefined ? {} : { after }),
    })
    found.push(...rows.filter((row) => isVisible(mayRead, `#${row.experiment}`)))
    const last = rows.at(-1)
    more = last !== undefined && rows.length > limit
    if (last !== undefined) after = { atMs: last.deletedAtMs, id: last.id }
  }
  const shown = found.slice(0, limit + 1)
  const files =
    kind === 'experiment'
      ? new Map<string, { files: number; bytes: number }>()
      : await store.trash.filesOf(
          kind,
          shown.map(({ id }) => id),
        )
  const experiments = await store.experiments.byNumbers([...new Set(shown.map((row) => row.experiment))])
  const names = new Map(experiments.map((each) => [each.number, each.name]))
  return pageOf(
    shown,
    limit,
    (row) => [row.deletedAtMs, row.id],
    (row): AnswerOf<typeof contract.listTrash>['items'][number] => ({
      kind,
      id: row.id,
      name: row.name,
      experiment: names.get(row.experiment) ?? `#${row.experiment}`,
      deletedAtMs: row.deletedAtMs,
      files: files.get(row.id)?.files ?? 0,
      sizeBytes: files.get(row.id)?.bytes ?? 0,
    }),
  )
})

/** Reads where a page of the trash begins. Throws `bad-page-token`. */
export function positionOf(token: string | undefined): TrashPosition | undefined {
  if (token === undefined) return undefined
  const [atMs, id] = decodePageToken(token) ?? []
  if (typeof atMs !== 'number' || typeof id !== 'string') throw problem['bad-page-token']({})
  return { atMs, id }
}
