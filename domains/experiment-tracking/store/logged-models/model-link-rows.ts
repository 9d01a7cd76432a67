import type { Kysely } from 'kysely'
import { inSlices } from '../in-slices.ts'
import type { TrackingTables } from '../tables.ts'

/** One model that a run took or made. */
export interface ModelLink {
  readonly role: 'input' | 'output'
  readonly modelId: string
  readonly step: number
}

/** Reads and writes which logged models runs took and made. */
export function modelLinkRows(db: Kysely<TrackingTables>, workspace: string) {
  return {
    add: (runId: string, links: readonly ModelLink[]) =>
      inSlices(links, (slice) =>
        db
          .insertInto('experiment_tracking_model_link')
          .values(slice.map(({ role, modelId, step }) => ({ workspace, run_id: runId, role, model_id: modelId, step })))
          .onConflict((c) => c.doNothing())
          .execute(),
      ),
    ofRuns: async (runIds: readonly string[]): Promise<Map<string, ModelLink[]>> => {
      const found = await inSlices(runIds, (slice) =>
        db
          .selectFrom('experiment_tracking_model_link')
          .select(['run_id', 'role', 'model_id', 'step'])
          .where('workspace', '=', workspace)
          .where('run_id', 'in', slice)
          .orderBy('step')
          .orderBy('model_id')
          .execute(),
      )
      const byRun = new Map<string, ModelLink[]>()
      for (const { run_id: runId, role, model_id: modelId, step } of found) {
        const links = byRun.get(runId) ?? []
        links.push({ role: role === 'output' ? 'output' : 'input', modelId, step })
        byRun.set(runId, links)
      }
      return byRun
    },
  }
}
