import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { ShadowComparison, ShadowOutput } from '../../model/plane-snapshot.ts'
import type { ServingTables, ShadowRow } from '../../store/tables.ts'
import { addShadows } from '../model/counts-since.ts'

/** What the shadows of one workspace answered. */
export function shadowStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  const all = () => serving.selectFrom('model_serving_shadow').selectAll().where('workspace', '=', workspace)
  const find = (deploymentId: string) => all().where('deployment_id', '=', deploymentId).executeTakeFirst()
  return {
    find,
    ofEndpoint: (endpoint: string) => all().where('endpoint', '=', endpoint).orderBy('updated_at_ms', 'desc').execute(),
    /** Adds what came since; called in a transaction. */
    async add(endpoint: string, deploymentId: string, more: ShadowComparison, nowMs: number): Promise<void> {
      const row = await find(deploymentId)
      const { rows, missed, outputs } = row === undefined ? more : addShadows(shadowOf(row), more)
      const set = { rows, missed, outputs: JSON.stringify(outputs), updated_at_ms: nowMs }
      await serving
        .insertInto('model_serving_shadow')
        .values({ workspace, endpoint, deployment_id: deploymentId, ...set })
        .onConflict((c) => c.column('deployment_id').doUpdateSet(set))
        .execute()
    },
  }
}

/** A row as the comparison it holds. */
export function shadowOf({ rows, missed, outputs }: ShadowRow): ShadowComparison {
  return { rows, missed, outputs: JSON.parse(outputs) as ShadowOutput[] } // as `add` wrote it
}

/** The output that agrees least. */
export function worstOutput(row: ShadowRow): { elements: number; agreeing: number } {
  const compared = shadowOf(row).outputs.filter(({ elements }) => elements > 0)
  const [worst] = compared.toSorted((one, other) => one.agreeing / one.elements - other.agreeing / other.elements)
  return { elements: worst?.elements ?? 0, agreeing: worst?.agreeing ?? 0 }
}
