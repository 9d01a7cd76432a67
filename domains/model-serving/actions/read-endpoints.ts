import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/serving-store.ts'
import { requireEndpoint, requireRollout } from './require-endpoint.ts'
import { showDeployment, showEndpoint, showRollout } from './show.ts'

/** Reads an endpoint by name. */
export const readEndpoint = query(contract.readEndpoint, async ({ store, input }) => {
  const row = await requireEndpoint(store, input.name)
  return showEndpoint(row, await store.deployments.live(row.name), await store.rollouts.open(row.name))
})

/** Lists endpoints by name. */
export const listEndpoints = query(contract.listEndpoints, async ({ store, input }) => {
  const [after] = decodePageToken(input.pageToken ?? '') ?? []
  const rows = await store.endpoints.list(input.limit + 1, String(after ?? ''))
  const cut = pageOf(
    rows,
    input.limit,
    ({ name }) => [name],
    (row) => row,
  )
  const items = []
  for (const row of cut.items) {
    items.push(showEndpoint(row, await store.deployments.live(row.name), await store.rollouts.open(row.name)))
  }
  return { ...cut, items }
})

/** Lists all deployments of an endpoint, the newest first. */
export const listDeployments = query(contract.listDeployments, async ({ store, input }) => {
  await requireEndpoint(store, input.name)
  const rows = await store.deployments.list(input.name, input.limit + 1, positionOf(input.pageToken))
  return pageOf(rows, input.limit, (row) => [row.created_at_ms, row.id], showDeployment)
})

/** Reads a rollout by id. */
export const readRollout = query(contract.readRollout, async ({ store, input }) =>
  showRollout(await requireRollout(store, input.id)),
)

/** Lists the rollouts of an endpoint, the newest first. */
export const listRollouts = query(contract.listRollouts, async ({ store, input }) => {
  await requireEndpoint(store, input.name)
  const rows = await store.rollouts.list(input.name, input.limit + 1, positionOf(input.pageToken))
  return pageOf(rows, input.limit, (row) => [row.started_at_ms, row.id], showRollout)
})

function positionOf(pageToken: string | undefined): { atMs: number; id: string } | undefined {
  const [atMs, id] = decodePageToken(pageToken ?? '') ?? []
  return typeof atMs === 'number' && typeof id === 'string' ? { atMs, id } : undefined
}
