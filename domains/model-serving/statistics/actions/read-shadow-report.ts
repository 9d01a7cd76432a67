import { requireEndpoint } from '../../actions/require-endpoint.ts'
import type { ShadowOutput } from '../../model/plane-snapshot.ts'
import { query } from '../../store/serving-store.ts'
import * as contract from '../model/series-endpoints.ts'
import { shadowOf } from '../store/shadows.ts'

/** How the shadows of an endpoint compare with what was answered. */
export const readShadowReport = query(contract.readShadowReport, async ({ store, input }) => {
  await requireEndpoint(store, input.name)
  const rows = await store.shadows.ofEndpoint(input.name)
  const found = rows.length === 0 ? [] : await store.deployments.byIds(rows.map((row) => row.deployment_id))
  const deployments = new Map(found.map((row) => [row.id, row]))
  const shadows = rows.flatMap((row) => {
    const deployment = deployments.get(row.deployment_id)
    if (deployment === undefined) return []
    const { version_id: versionId, version, role, rollout_id: rolloutId } = deployment
    const { rows: compared, missed, outputs } = shadowOf(row)
    return [
      {
        versionId,
        version,
        role,
        rolloutId,
        missed,
        deploymentId: row.deployment_id,
        rows: compared,
        outputs: outputs.map(reportOf),
        updatedAtMs: row.updated_at_ms,
      },
    ]
  })
  return { endpoint: input.name, shadows }
})

function reportOf({ name, elements, agreeing, sumAbsoluteDifference, maxAbsoluteDifference }: ShadowOutput) {
  const isEmpty = elements === 0
  return {
    name,
    elements,
    maxAbsoluteDifference,
    agreement: isEmpty ? null : agreeing / elements,
    meanAbsoluteDifference: isEmpty ? null : sumAbsoluteDifference / elements,
  }
}
