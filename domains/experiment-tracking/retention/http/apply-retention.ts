import { Problem } from '@millrace/contract'
import type { CallContext, Chore, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import { deleteArtifacts } from '../../artifacts/http/artifact-folder.ts'
import { placeOfRoot } from '../../artifacts/model/artifact-place.ts'
import type { TrackingTables } from '../../store/tables.ts'
import { storeOf } from '../../store/tracking.ts'
import { purgeRun } from '../actions/purge.ts'
import type { KeptExperiment } from '../store/expired-rows.ts'
import { expiredArtifacts, keptExperiments } from '../store/expired-rows.ts'

const dayMs = 86_400_000
const atOnce = 200

/** Does what experiments say of how long they keep things: forgets deleted runs, frees artifacts of old ones. */
export function applyRetention(runtime: Runtime): Chore {
  const db = () => tables<TrackingTables>(runtime.database.reader)
  return {
    name: 'experiment-tracking.apply-retention',
    everyMs: 3_600_000,
    due: async () => (await keptExperiments(db())).length > 0,
    run: async () => {
      for (const experiment of await keptExperiments(db())) await applyOne(runtime, experiment)
    },
  }
}

async function applyOne(runtime: Runtime, experiment: KeptExperiment): Promise<void> {
  const { workspace, retention } = experiment
  const context: CallContext = { workspace, actor: systemActor('retention') }
  const { deletedRunsDays, artifactsDays } = retention
  if (deletedRunsDays !== undefined) {
    await forgetRuns(runtime, context, experiment.number, runtime.nowMs() - deletedRunsDays * dayMs)
  }
  const isOwn = placeOfRoot(experiment.artifactRoot).kind === 'own'
  if (artifactsDays !== undefined && isOwn) {
    await freeArtifacts(runtime, context, experiment, runtime.nowMs() - artifactsDays * dayMs)
  }
}

async function forgetRuns(runtime: Runtime, context: CallContext, number: number, untilMs: number): Promise<void> {
  const { trash } = storeOf(runtime.database.reader, context.workspace)
  let after: { atMs: number; id: string } | undefined
  for (;;) {
    const search = { kind: 'run' as const, untilMs, experiments: [number], limit: atOnce }
    const found = await trash.list({ ...search, ...(after === undefined ? {} : { after }) })
    for (const { id } of found) await unlessKept(() => runtime.runner.act(purgeRun, { id }, context))
    const last = found.at(-1)
    if (last === undefined) return
    after = { atMs: last.deletedAtMs, id: last.id }
  }
}

async function freeArtifacts(
  runtime: Runtime,
  context: CallContext,
  experiment: KeptExperiment,
  untilMs: number,
): Promise<void> {
  const db = tables<TrackingTables>(runtime.database.reader)
  for (let after = ''; ;) {
    const ids = await expiredArtifacts(db, experiment, { untilMs, after, limit: atOnce })
    for (const id of ids) await unlessKept(() => deleteArtifacts(runtime, context, { owner: 'run', id, path: '' }))
    const last = ids.at(-1)
    if (last === undefined) return
    after = last
  }
}

/** What is held, vetoed or was changed in between stays until the next round. */
async function unlessKept(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
  }
}
