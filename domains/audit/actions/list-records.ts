import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/audit-store.ts'
import { showRecord } from './show-record.ts'

/** Records by object, actor, action and time, newest first. */
export const listRecords = query(contract.listAudit, async ({ store, input }) => {
  const { limit, pageToken, ...filter } = input
  const rows = await store.list(filter, limit + 1, placeOf(pageToken))
  return pageOf(rows, limit, (row) => [row.at_ms, row.position], showRecord)
})

function placeOf(pageToken: string | undefined): { atMs: number; position: number } | undefined {
  const [atMs, position] = (pageToken === undefined ? undefined : decodePageToken(pageToken)) ?? []
  return typeof atMs === 'number' && typeof position === 'number' ? { atMs, position } : undefined
}
