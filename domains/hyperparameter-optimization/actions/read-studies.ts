import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/optimization-store.ts'
import { showStudy, showTrial } from './show-study.ts'

export const readStudy = query(contract.readStudy, async ({ store, input }) =>
  showStudy(store, await store.studies.read(input.name)),
)

export const listStudies = query(contract.listStudies, async ({ store, input }) => {
  const { limit, pageToken } = input
  const [after = ''] = pageToken === undefined ? [] : (decodePageToken(pageToken) ?? [])
  const rows = await store.studies.list(String(after), limit + 1)
  const page = pageOf(
    rows,
    limit,
    (row) => [row.name],
    (row) => row,
  )
  const items = []
  for (const row of page.items) items.push(await showStudy(store, row))
  return { ...page, items }
})

export const listTrials = query(contract.listTrials, async ({ store, input }) => {
  const { name, limit, pageToken } = input
  const study = await store.studies.read(name)
  const [after] = pageToken === undefined ? [] : (decodePageToken(pageToken) ?? [])
  const rows = await store.trials.list(study.id, typeof after === 'number' ? after : 0, limit + 1)
  return pageOf(rows, limit, (row) => [row.number], showTrial)
})
