import type { DomainEvent } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { ActionContext, AuditEntry } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import { findExperiment } from '../../actions/find-experiment.ts'
import { findRun } from '../../actions/find-run.ts'
import { rootOfOwner } from '../../artifacts/actions/find-owner.ts'
import { artifactRef } from '../../artifacts/model/artifact-place.ts'
import { problem } from '../../model/problems.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { action } from '../../store/tracking.ts'

type Context = ActionContext<TrackingStore, unknown>

interface Forgotten {
  readonly files: number
  readonly bytes: number
  readonly events: readonly DomainEvent[]
  readonly audit: readonly AuditEntry[]
}

/**
 * Forgets a run that is in the trash: everything it said, and the names of its files, whose bytes follow. With its children
 * where that is asked for, all or none. Throws `not-in-trash`, `kernel/held`, and what the guard
 * `experiment-tracking.purge-run` throws.
 */
export const purgeRun = action(contract.purgeRun, async (context) => {
  const { store, input } = context
  const ids = input.withChildren ? await withDescendants(store, input.id) : [input.id]
  const all: Forgotten[] = []
  for (const id of ids) all.push(await forgetRun(context, id))
  return {
    answer: { files: sumOf(all, 'files'), bytes: sumOf(all, 'bytes') },
    events: all.flatMap(({ events }) => events),
    audit: all.flatMap(({ audit }) => audit),
  }
})

async function forgetRun(context: Context, id: string): Promise<Forgotten> {
  const { store, actor, nowMs, guard, holds } = context
  const row = await findRun(store, id)
  if (row.deleted_at_ms === null) throw problem['not-in-trash']({ what: `run ${id}` })
  const [experiment] = await store.experiments.byNumbers([row.experiment])
  const name = experiment?.name ?? ''
  await guard('experiment-tracking.purge-run', { runId: id, experiment: name, actor })
  await holds.refuseIfHeld(ref('run', id))
  const { root, files, bytes } = await filesToFree(context, { kind: 'run', id })
  const inputs = (await store.inputs.ofRuns([id])).get(id) ?? []
  for (const { versionId } of inputs) {
    if (versionId !== null) await holds.release(ref('dataset-version', versionId), ref('run', id))
  }
  await store.purge.run(id, root, nowMs, bytes)
  return {
    files,
    bytes,
    events: [contract.runPurged({ id, experiment: name, name: row.name })],
    audit: [{ object: ref('run', id), before: { experiment: name, name: row.name, files, bytes } }],
  }
}

/** Forgets a logged model that is in the trash. Throws `not-in-trash`, `kernel/held`. */
export const purgeLoggedModel = action(contract.purgeLoggedModel, async (context) => {
  const { store, input, nowMs, holds } = context
  const model = await store.loggedModels.find(input.id)
  if (model === undefined) throw problem['model-not-found']({ id: input.id })
  if (!model.deleted) throw problem['not-in-trash']({ what: `logged model ${input.id}` })
  await holds.refuseIfHeld(ref('logged-model', model.id))
  const { root, files, bytes } = await filesToFree(context, { kind: 'logged-model', id: model.id })
  await store.purge.loggedModel(model.id, root, nowMs, bytes)
  const before = { name: model.name, files, bytes }
  return { answer: { files, bytes }, audit: { object: ref('logged-model', model.id), before } }
})

/** Forgets a deleted experiment that nothing belongs to any more. Throws `not-in-trash`, `experiment-not-empty`. */
export const purgeExperiment = action(contract.purgeExperiment, async ({ store, input, holds }) => {
  const experiment = await findExperiment(store, input.name)
  const { name, number } = experiment
  if (!experiment.deleted) throw problem['not-in-trash']({ what: `experiment "${name}"` })
  if (!(await store.trash.isEmpty(number))) throw problem['experiment-not-empty']({ name })
  await holds.refuseIfHeld(ref('experiment', name))
  await store.purge.experiment(number)
  return { answer: { files: 0, bytes: 0 }, audit: { object: ref('experiment', name), before: experiment } }
})

/** The bytes of something forgotten are gone. The audit told of it when it was forgotten. */
export const forgetPurged = action(contract.forgetPurged, async ({ store, input }) => {
  await store.purge.freed(input.owner, input.id)
  return { answer: {}, audit: 'unchanged' }
})

async function filesToFree({ store, holds }: Context, owner: { kind: 'run' | 'logged-model'; id: string }) {
  const root = await rootOfOwner(store, owner)
  const paths = await store.trash.pathsOf(owner.kind, [owner.id])
  await holds.refuseIfAnyHeld(paths.map(({ path }) => artifactRef(owner, path)))
  const { files = 0, bytes = 0 } = (await store.trash.filesOf(owner.kind, [owner.id])).get(owner.id) ?? {}
  return { root, files, bytes }
}

/** A run and all below it, children first. */
export async function withDescendants(store: Pick<TrackingStore, 'trash'>, id: string): Promise<string[]> {
  const found = new Set([id])
  // The set grows while it is walked, and every run is asked once, so that a circle ends.
  for (const each of found) for (const child of await store.trash.childrenOf(each)) found.add(child)
  return [...found].toReversed()
}

function sumOf(all: readonly Forgotten[], what: 'files' | 'bytes'): number {
  return all.reduce((sum, each) => sum + each[what], 0)
}
