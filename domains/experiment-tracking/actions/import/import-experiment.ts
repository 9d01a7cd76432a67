import { ref } from '@millrace/contract'
import type { InputOf } from '@millrace/contract'
import * as contract from '../../contract.ts'
import type { Experiment, ImportOutcome } from '../../contract.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { action } from '../../store/tracking.ts'

type Input = InputOf<typeof contract.importExperiment>

/** Numbers beyond it are made by file stores, and would push up every number given out here. */
const largestKept = 1_000_000_000

/**
 * Takes an experiment. One that was taken before is brought to what its source says. Number 0, "Default", is this server's
 * own. Elsewhere the number is kept where it is free on this server, and the name where it is free in the workspace; else
 * the next number is taken, and "-imported" stands behind the name.
 */
export const importExperiment = action(contract.importExperiment, async ({ store, input, nowMs }) => {
  const known = (await store.imports.some(input.source, 'experiment', [input.sourceId])).get(input.sourceId)
  const before = await ownOf(store, input, known?.ownId)
  const made = before === undefined ? await make(store, input) : undefined
  const number = (before ?? made)?.number ?? 0
  if (before !== undefined) await bring(store, before, input)
  await store.imports.put(
    input.source,
    'experiment',
    [{ sourceId: input.sourceId, ownId: String(number), state: '' }],
    nowMs,
  )
  const experiment = await store.experiments.byNumber(number)
  if (experiment === undefined) throw contract.problem['experiment-not-found']({ experiment: `#${number}` })
  const outcome: ImportOutcome = before === undefined ? 'made' : 'changed'
  const after = { from: input.source, id: input.sourceId, name: experiment.name }
  return { answer: { experiment, outcome }, audit: { object: ref('experiment', experiment.name), after } }
})

/** The experiment that it became when it was taken before, or the one that every server has. */
async function ownOf(store: TrackingStore, input: Input, ownId: string | undefined): Promise<Experiment | undefined> {
  if (ownId !== undefined) return store.experiments.byNumber(Number(ownId))
  if (input.sourceId !== '0') return undefined
  const first = await store.experiments.byNumber(0)
  return first?.name === input.name ? first : undefined
}

/** Tags of the source win; what was added here stays, and so does a name that was given here. */
async function bring(store: TrackingStore, before: Experiment, input: Input): Promise<void> {
  const changed = Object.entries(input.tags).filter(([key, value]) => before.spec.tags[key] !== value)
  await store.experiments.setTags(before.number, Object.fromEntries(changed))
  if (before.number === 0) return
  const updated = Math.max(before.updatedAtMs, input.updatedAtMs)
  await store.experiments.update(before.number, { updated_at_ms: updated, deleted_at_ms: input.deletedAtMs })
}

async function make(store: TrackingStore, input: Input): Promise<{ number: number }> {
  const number = await freeNumber(store, input.sourceId)
  await store.experiments.insert({
    number,
    name: await freeName(store, input.name),
    description: '',
    artifact_root: input.artifactRoot ?? `mlflow-artifacts:/${number}`,
    created_at_ms: input.createdAtMs,
    updated_at_ms: input.updatedAtMs,
    deleted_at_ms: input.deletedAtMs,
  })
  await store.experiments.setTags(number, input.tags)
  return { number }
}

async function freeNumber(store: TrackingStore, sourceId: string): Promise<number> {
  const wanted = /^\d{1,15}$/.test(sourceId) ? Number(sourceId) : Number.NaN
  const next = await store.experiments.nextNumber()
  // Numbers are unique across workspaces, and what lies above the last one is free in all of them.
  if (!(wanted > 0 && wanted < largestKept)) return next
  return wanted >= next || (await store.imports.isFree(wanted)) ? wanted : next
}

async function freeName(store: TrackingStore, name: string): Promise<string> {
  for (let count = 0; ; count += 1) {
    const end = count === 0 ? '' : count === 1 ? '-imported' : `-imported-${count}`
    const tried = `${name.slice(0, 500 - end.length)}${end}`
    if ((await store.experiments.byName(tried)) === undefined) return tried
  }
}
