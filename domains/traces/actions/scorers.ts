import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { checkSerialized } from '../model/scorer.ts'
import type { Sampling } from '../model/scorer.ts'
import { parseTraceFilter } from '../model/trace-filter.ts'
import type { ScorerRow } from '../store/scorer-rows.ts'
import type { TracesStore } from '../store/traces-store.ts'
import { action, query } from '../store/traces-store.ts'
import { findExperiment } from './find-experiment.ts'

const { problem } = contract

/** Registers the first or the next version of a scorer. Throws `bad-scorer`, experiment-tracking's `experiment-not-found`. */
export const registerScorer = action(contract.registerScorer, async ({ store, input, nowMs, ask, newHexId }) => {
  const { name, serialized } = input
  checkSerialized(serialized)
  const experiment = await findExperiment(ask, input.experimentId)
  const before = await store.scorers.find(experiment.number, name)
  const scorer = before ?? { id: newHexId(), experiment: experiment.number, name, sampling: null }
  if (before === undefined) await store.scorers.add(scorer)
  const version = ((await store.scorers.versions(scorer.id)).at(-1)?.version ?? 0) + 1
  await store.scorers.addVersion(scorer.id, version, serialized, nowMs)
  const answer = { scorerId: scorer.id, experimentId: experiment.id, name, version, serialized, createdAtMs: nowMs }
  return { answer, audit: { object: ref('scorer', scorer.id), after: answer } }
})

/** Lists the latest version of every scorer of some experiments, or all versions of one. Throws `scorer-not-found`. */
export const listScorers = query(contract.listScorers, async ({ store, input, ask }) => {
  const { experimentId: experiments, name } = input
  if (name === undefined) {
    const numbers = experiments?.filter((id) => /^\d{1,15}$/.test(id)).map(Number)
    return { items: await store.scorers.latest(numbers) }
  }
  const [experiment = ''] = experiments ?? []
  await findExperiment(ask, experiment)
  const scorer = await findScorer(store, experiment, name)
  return { items: await store.scorers.versions(scorer.id) }
})

/** Deletes one version of a scorer, or all of it. Throws `scorer-not-found`. */
export const deleteScorer = action(contract.deleteScorer, async ({ store, input, ask }) => {
  const { experimentId, name, version } = input
  await findExperiment(ask, experimentId)
  const scorer = await findScorer(store, experimentId, name)
  const versions = await store.scorers.versions(scorer.id)
  const leaving = versions.filter((one) => version === undefined || one.version === version)
  if (leaving.length === 0)
    throw problem['scorer-not-found']({ name, experiment: experimentId, version: version ?? null })
  await store.scorers.remove(scorer.id, version)
  return { answer: {}, audit: { object: ref('scorer', scorer.id), before: { versions: leaving } } }
})

/** Says which share of the live traces a scorer is to see. Throws `scorer-not-found`, `bad-scorer`, `bad-filter`. */
export const sampleScorer = action(contract.sampleScorer, async ({ store, input, ask, newHexId }) => {
  const { experimentId, name, rate, filter } = input
  if (!(rate >= 0 && rate <= 1))
    throw problem['bad-scorer']({ reason: `sample_rate must be between 0.0 and 1.0, got ${rate}` })
  if (filter !== null) parseTraceFilter(filter)
  await findExperiment(ask, experimentId)
  const scorer = await findScorer(store, experimentId, name)
  const sampling: Sampling = { id: newHexId(), rate, filter }
  await store.scorers.sample(scorer.id, sampling)
  const answer = { ...sampling, scorerId: scorer.id, experimentId }
  return {
    answer,
    audit: { object: ref('scorer', scorer.id), before: { sampling: samplingOf(scorer) }, after: answer },
  }
})

/** Lists how live traces are sampled for some scorers; those that see none are left out. */
export const listScorerSampling = query(contract.listScorerSampling, async ({ store, input }) => {
  const scorers = await store.scorers.some(input.scorerId.slice(0, 1000))
  return {
    items: scorers.flatMap((scorer) => {
      const sampling = samplingOf(scorer)
      return sampling === null ? [] : [{ ...sampling, scorerId: scorer.id, experimentId: String(scorer.experiment) }]
    }),
  }
})

function samplingOf({ sampling }: ScorerRow): Sampling | null {
  return sampling === null ? null : (JSON.parse(sampling) as Sampling) // as it was written
}

async function findScorer(store: Pick<TracesStore, 'scorers'>, experiment: string, name: string): Promise<ScorerRow> {
  const scorer = await store.scorers.find(Number(experiment), name)
  if (scorer === undefined) throw problem['scorer-not-found']({ name, experiment, version: null })
  return scorer
}
