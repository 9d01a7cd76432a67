import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action, query } from '../store/governance-store.ts'
import { gateOf } from './gate-of.ts'

/** Holds a version's evidence against its policy. */
export const evaluateGate = action(contract.evaluateGate, async (context) => {
  const { input } = context
  const { gate, events } = await gateOf(context, input.id, input.policy)
  if (events.length === 0) return { answer: gate, audit: 'unchanged' }
  return { answer: gate, events, audit: { object: ref('model-version', input.id), after: gate } }
})

/** A version's newest gate. Throws `no-such-gate`. */
export const readGate = query(contract.readGate, async ({ store, input }) => {
  const gate = await store.gates.latest(input.id)
  if (gate === undefined) throw contract.problem['no-such-gate']({ id: input.id })
  return gate
})
