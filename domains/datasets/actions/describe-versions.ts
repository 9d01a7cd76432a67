import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { NodeDescription, Scope } from '@millrace/kernel'
import { storeOf } from '../store/datasets.ts'

/** How versions read in the lineage graph, and the data set each belongs to. Ids that are not here are left out. */
export async function describeVersions(
  scope: Scope,
  ids: readonly string[],
): Promise<{ nodes: NodeDescription[]; parents: Map<string, Ref> }> {
  const versions = await storeOf(scope.db, scope.workspace).versions.byIds(ids)
  return {
    nodes: versions.map(({ id, dataset, version, rowCount, format, fileCount }) => ({
      id,
      title: `${dataset}@${version}`,
      fact: format === 'files' && rowCount === 0 ? counted(fileCount, 'file') : counted(rowCount, 'row'),
      href: `/datasets/${encodeURIComponent(dataset)}/versions/${encodeURIComponent(version)}`,
    })),
    parents: new Map(versions.map(({ id, dataset }) => [id, ref('dataset', dataset)])),
  }
}

function counted(count: number, of: string): string {
  return `${count.toLocaleString('en-US')} ${of}${count === 1 ? '' : 's'}`
}
