import { ref } from '@millrace/contract'
import type { ReleaseTrigger } from '../contract.ts'
import { considerTrigger as consider } from '../model/consider-trigger.ts'
import { fillParameters } from '../model/parameters.ts'
import type { Move } from '../model/release.ts'
import { action } from '../store/delivery-store.ts'
import * as contract from './in-process-contract.ts'
import { keepMove } from './keep-move.ts'
import type { Neighbours } from './neighbours.ts'
import { addRelease } from './new-release.ts'

/** Makes the action that turns a trigger into a release, a suppressed release or a note. One key acts once. */
export const considerTrigger = (neighbours: Neighbours) =>
  action(contract.considerTrigger, async (context) => {
    const { store, input, nowMs } = context
    const { key, trigger } = input
    const policy = await store.policies.find(input.policy)
    if (policy === undefined) return { answer: { releaseId: null }, audit: 'unchanged' }
    const known = await store.triggers.find(policy.name, key)
    if (known !== undefined) return { answer: { releaseId: known }, audit: 'unchanged' }
    const considered = consider(trigger, {
      spec: policy.spec,
      open: await store.releases.openOf(policy.name),
      last: await store.releases.lastEndedOf(policy.name),
      incidents: await neighbours.openIncidents(context, policy.spec.endpoint),
      nowMs,
    })
    const { filled: parameters, missing } = fillParameters(policy.spec.parameters, trigger)
    const outcome =
      considered.kind === 'note'
        ? await keepMove(store, considered.release, noted(trigger, considered.sentence), context)
        : await addRelease(context, { policy, trigger, parameters, ...ending(considered, missing) })
    await store.triggers.add(policy.name, key, outcome.answer.id, nowMs)
    return { ...outcome, answer: { releaseId: outcome.answer.id } }
  })

function noted(trigger: ReleaseTrigger, sentence: string): Move {
  return { step: 'noted', sentence, refs: [ref(trigger.kind, trigger.id)] }
}

function ending(
  considered: Exclude<ReturnType<typeof consider>, { kind: 'note' }>,
  missing: ReturnType<typeof fillParameters>['missing'],
): { readonly ends?: Move } {
  if (considered.kind === 'suppress') {
    const { sentence, incident } = considered
    const refs = [ref('incident', incident.id)]
    return { ends: { step: 'suppressed', sentence, refs, learns: { suppressed: true } } }
  }
  if (missing === undefined) return {}
  const sentence = `The parameter "${missing.parameter}" asks for {{trigger.${missing.wanted}}}, which this trigger does not have.`
  return { ends: { step: 'failed', sentence } }
}
