import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/pipelines-store.ts'
import { beginRun } from './begin-run.ts'
import { showRuns } from './show-run.ts'

/** Starts a run. With a key that has started one before, it answers that one. */
export const startRun = action(contract.startRun, async (context) => {
  const { store, input, actor, ask } = context
  const { name: pipeline, parameters, cache: useCache, key = null } = input
  const known = key === null ? undefined : await store.runs.byKey(key)
  if (known !== undefined) {
    const [shown] = await showRuns(store, ask, [known])
    return { answer: present(shown), audit: 'unchanged' }
  }
  const trigger = input.trigger ?? { kind: 'person', id: actor.id }
  const { run, events, edges } = await beginRun(context, { pipeline, parameters, trigger, useCache, key })
  const [shown] = await showRuns(store, ask, [run])
  const { id, number, versionNumber } = run
  return {
    answer: present(shown),
    events,
    edges,
    audit: {
      object: ref('pipeline-run', id),
      after: { pipeline, number, version: versionNumber, parameters: run.parameters, trigger },
      ...(trigger.reason === undefined ? {} : { reason: trigger.reason }),
    },
  }
})

function present<T>(shown: T | undefined): T {
  if (shown === undefined) throw new Error('A run that was just read or written is not there.')
  return shown
}
