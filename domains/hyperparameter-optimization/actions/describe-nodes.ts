import { ref } from '@millrace/contract'
import type { NodeKind, ResourceKind } from '@millrace/kernel'
import { optimizationStore } from '../store/optimization-store.ts'

const study: NodeKind = {
  kind: 'study',
  describe: async (scope, ids) => {
    const rows = await optimizationStore(scope.db, scope.workspace).studies.byIds(ids)
    return rows.map(({ id, name, trials }) => ({ id, title: name, fact: `${trials} trials`, href: `/studies/${name}` }))
  },
}

const trial: NodeKind = {
  kind: 'trial',
  describe: async (scope, ids) => {
    const rows = await optimizationStore(scope.db, scope.workspace).trials.byIds(ids)
    return rows.map((row) => ({
      id: row.id,
      title: `${row.study} trial ${row.number}`,
      state: row.state,
      href: `/studies/${row.study}`,
      ...(row.value === null ? {} : { fact: `value ${row.value}` }),
    }))
  },
}

/** How studies and trials read in the lineage graph. */
export const nodeKinds: readonly NodeKind[] = [study, trial]

/** A grant on a study reaches its trials. */
export const trialResource: ResourceKind = {
  kind: 'trial',
  parent: async (scope, id) => {
    const [row] = await optimizationStore(scope.db, scope.workspace).trials.byIds([id])
    return row === undefined ? undefined : ref('study', row.study)
  },
}
