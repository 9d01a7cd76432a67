import { ref } from '@millrace/contract'
import type { LineageEdge } from '@millrace/kernel'
import { moveAlias } from '@millrace/model-registry'
import * as contract from '../contract.ts'
import { action } from '../store/serving-store.ts'
import { admitVersion } from './admit-version.ts'
import { addDeployment } from './new-deployment.ts'
import { requireEndpoint } from './require-endpoint.ts'
import { showDeployment } from './show.ts'

/**
 * Makes a version the champion at once; the alias `champion` moves with it. The champion of before goes on answering
 * until the new one is loaded.
 */
export const deployVersion = action(contract.deploy, async (context) => {
  const { store, input, call } = context
  const endpoint = await requireEndpoint(store, input.name)
  const { id: versionId, version, champion } = await admitVersion(context, endpoint, input.versionId)
  if (champion !== undefined) {
    await store.deployments.update(champion.id, { role: 'retired', weight: 0, state: 'draining' })
  }
  const part = { version_id: versionId, version, role: 'champion', weight: 100 } as const
  const { row, self, edges } = await addDeployment(context, endpoint, part)
  await call(moveAlias, { name: endpoint.model, alias: 'champion', version })
  const replaced: LineageEdge[] =
    champion === undefined ? [] : [{ from: self, type: 'replaced', to: ref('deployment', champion.id) }]
  return {
    answer: showDeployment(row),
    events: [contract.deploymentCreated({ id: row.id, endpoint: endpoint.name, versionId, version })],
    audit: {
      object: self,
      after: showDeployment(row),
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    },
    edges: [...edges, ...replaced],
  }
})
