import type { InputOf, Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { CallContext, Runtime, Scope } from '@millrace/kernel'
import { descendants } from '@millrace/lineage'
import type * as contract from '../contract.ts'
import type { LogKeeper } from '../process/control/log-keeper.ts'
import { logReads } from '../store/log-reads.ts'
import type { LogCountRow } from '../store/tables.ts'

/** What carries data into a model. Evidence is left out: a version that was only evaluated on data was not made from it. */
const carriers = [
  'dataset-version',
  'run',
  'step',
  'step-attempt',
  'pipeline-run',
  'job',
  'study',
  'trial',
  'model-version',
]

/** Counts logged rows exactly: from the log's own counters, after a flush. */
export async function countPredictions(
  runtime: Runtime,
  keeper: LogKeeper,
  input: InputOf<typeof contract.countPredictions>,
  context: CallContext,
) {
  await keeper.flush()
  const scope = runtime.runner.readScope(context)
  const versionIds = await versionsOf(scope, input)
  const counts = await logReads(runtime.database.reader, context.workspace).counts({
    endpoint: input.endpoint,
    versionIds,
  })
  const answered = counts.filter(({ role }) => role !== 'shadow')
  return {
    count: sumOf(answered, 'rows'),
    shadowCount: sumOf(counts, 'rows') - sumOf(answered, 'rows'),
    byVersion: byVersion(answered),
  }
}

async function versionsOf(
  scope: Scope,
  input: InputOf<typeof contract.countPredictions>,
): Promise<string[] | undefined> {
  const { versionId, datasetVersionId } = input
  if (datasetVersionId === undefined) return versionId === undefined ? undefined : [versionId]
  const made = await versionsMadeFrom(scope, datasetVersionId)
  return versionId === undefined ? made : made.filter((id) => id === versionId)
}

/** Model versions that descend from a data version, step by step through what carries data. */
async function versionsMadeFrom(scope: Scope, datasetVersionId: string): Promise<string[]> {
  const seen = new Set<string>()
  const versions: string[] = []
  let frontier: readonly Ref[] = [ref('dataset-version', datasetVersionId)]
  while (frontier.length > 0) {
    const found = await descendants(scope, frontier, { kinds: carriers, depth: 1 })
    frontier = found.filter(({ kind, id }) => !seen.has(`${kind} ${id}`))
    for (const { kind, id } of frontier) {
      seen.add(`${kind} ${id}`)
      if (kind === 'model-version') versions.push(id)
    }
  }
  return versions
}

function sumOf(counts: readonly LogCountRow[], what: 'rows' | 'requests'): number {
  return counts.reduce((sum, count) => sum + count[what], 0)
}

function byVersion(counts: readonly LogCountRow[]) {
  const groups = Map.groupBy(counts, ({ endpoint, version_id: versionId }) => JSON.stringify([endpoint, versionId]))
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { endpoint, version_id: versionId, version } = first
      return [{ endpoint, versionId, version, count: sumOf(group, 'rows'), requests: sumOf(group, 'requests') }]
    })
    .toSorted((one, other) => one.endpoint.localeCompare(other.endpoint) || one.version - other.version)
}
