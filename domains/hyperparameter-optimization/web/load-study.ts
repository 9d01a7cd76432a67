import type { Study as StudySchema, Trial } from '@millrace/hyperparameter-optimization/contract'
import { loadThread } from '@millrace/lineage/web'
import type { Api } from '@millrace/ui/data'
import type { State } from '@millrace/ui/parts'
import type { ThreadStop } from '@millrace/ui/shell'
import type { z } from 'zod'

export type Study = z.infer<typeof StudySchema>

export interface StudyView {
  study: Study
  /** In the order they were started. */
  trials: readonly Trial[]
  /** There are trials beyond those. */
  more: boolean
  history: History
  thread: readonly ThreadStop[]
}

/** Values by trial number, and the best so far. */
export interface History {
  numbers: readonly number[]
  values: readonly (number | null)[]
  best: readonly (number | null)[]
}

export const studyTopics = ['hyperparameter-optimization'] as const

const MOST_TRIALS = 1000

export async function loadStudy(api: Api, name: string, signal: AbortSignal): Promise<StudyView> {
  const at = `studies/${encodeURIComponent(name)}`
  const [study, trials] = await Promise.all([
    api.get<Study>(at, { signal }),
    api.get<{ items: readonly Trial[]; nextPageToken?: string }>(`${at}/trials`, {
      query: { limit: MOST_TRIALS },
      signal,
    }),
  ])
  return {
    study,
    trials: trials.items,
    more: trials.nextPageToken !== undefined,
    history: historyOf(trials.items, study.direction),
    thread: await loadThread(api, 'study', study.id, signal),
  }
}

export function loadStudies(api: Api, signal: AbortSignal): Promise<{ items: readonly Study[] }> {
  return api.get<{ items: readonly Study[] }>('studies', { query: { limit: 200 }, signal })
}

/** How the best value came down (or up) from trial to trial. */
export function historyOf(trials: readonly Trial[], direction: Study['direction']): History {
  const better = direction === 'minimize' ? Math.min : Math.max
  let best: number | null = null
  const bests = trials.map((trial) => {
    if (trial.state === 'complete' && trial.value !== null)
      best = best === null ? trial.value : better(best, trial.value)
    return best
  })
  return { numbers: trials.map((trial) => trial.number), values: trials.map((trial) => trial.value), best: bests }
}

const states: Readonly<Record<Trial['state'], State>> = {
  waiting: 'wait',
  running: 'live',
  complete: 'ok',
  pruned: 'skip',
  failed: 'bad',
}

export function trialState(state: Trial['state']): State {
  return states[state]
}
