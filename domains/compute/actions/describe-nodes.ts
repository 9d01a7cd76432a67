import type { NodeKind } from '@millrace/kernel'
import { computeStore } from '../store/compute-store.ts'

/** How jobs read in the lineage graph. */
export const jobNode: NodeKind = {
  kind: 'job',
  describe: async (scope, ids) => {
    const jobs = await computeStore(scope.db, scope.workspace).jobs.byIds(ids)
    return jobs.map(({ id, name, state, attempt }) => ({
      id,
      title: name,
      state,
      href: `/jobs/${id}`,
      fact: attempt > 1 ? `attempt ${attempt}` : 'one attempt',
    }))
  },
}

/** How code versions read in the lineage graph: the commit where there is one. */
export const codeVersionNode: NodeKind = {
  kind: 'code-version',
  describe: async (scope, ids) => {
    const rows = await computeStore(scope.db, scope.workspace).codeVersions.byIds(ids)
    return rows.map((row) => ({
      id: row.id,
      title:
        row.git_commit === null ? row.entry : `${row.git_commit.slice(0, 8)}${row.dirty === 1 ? ' with changes' : ''}`,
      fact: row.entry,
    }))
  },
}
