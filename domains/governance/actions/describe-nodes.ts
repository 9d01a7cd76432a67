import type { NodeKind } from '@millrace/kernel'
import { governanceStore } from '../store/governance-store.ts'

/** How approvals read in the lineage graph. */
export const approvalNode: NodeKind = {
  kind: 'approval',
  describe: async (scope, ids) => {
    const approvals = await governanceStore(scope.db, scope.workspace).approvals.byIds(ids)
    return approvals.map(({ id, title, state, sentence }) => ({
      id,
      title,
      state,
      fact: sentence ?? state,
      href: `/approvals/${id}`,
    }))
  },
}

/** How frozen model cards read in the lineage graph. */
export const modelCardNode: NodeKind = {
  kind: 'model-card',
  describe: async (scope, ids) => {
    const cards = await governanceStore(scope.db, scope.workspace).cards.byIds(ids)
    return cards.map(({ id, digest }) => ({ id, title: 'Model card', fact: digest.slice(0, 19) }))
  },
}
