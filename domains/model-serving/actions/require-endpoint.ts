import { servingProblem } from '../contract.ts'
import type { ServingStore } from '../store/serving-store.ts'
import type { EndpointRow, RolloutRow } from '../store/tables.ts'

/** Throws `model-serving/unknown-endpoint`. */
export async function requireEndpoint(store: ServingStore, name: string): Promise<EndpointRow> {
  const row = await store.endpoints.find(name)
  if (row === undefined) throw servingProblem['unknown-endpoint']({ name })
  return row
}

/** Throws `model-serving/unknown-rollout`. */
export async function requireRollout(store: ServingStore, id: string): Promise<RolloutRow> {
  const row = await store.rollouts.find(id)
  if (row === undefined) throw servingProblem['unknown-rollout']({ id })
  return row
}
