import type { NodeKind } from '@millrace/kernel'
import { deliveryStore } from '../store/delivery-store.ts'

/** How releases read in the lineage graph. */
export const releaseNode: NodeKind = {
  kind: 'release',
  describe: async (scope, ids) => {
    const releases = await deliveryStore(scope.db, scope.workspace).releases.byIds(ids)
    return releases.map(({ id, policy, number, version, state, sentence }) => ({
      id,
      title: version === null ? `${policy} release ${number}` : `${policy} release ${number}: v${version}`,
      fact: sentence,
      state,
      href: `/releases/${id}`,
    }))
  },
}
