import { canonicalJson } from '@millrace/contract'
import type { Gate, Policy } from '../contract.ts'
import { gateEvaluated, problem } from '../contract.ts'
import { applyingPolicy } from '../model/applying-policy.ts'
import { judgeGate } from '../model/judge-gate.ts'
import type { GovernanceStore } from '../store/governance-store.ts'
import type { Ask } from './ask-within.ts'
import type { Look } from './look-at.ts'
import { lookAt } from './look-at.ts'

interface GateContext {
  readonly store: GovernanceStore
  readonly ask: Ask
  readonly nowMs: number
  readonly newId: (prefix: string) => string
}

/** A version's gate as evidence stands now. `events` are empty when it is the gate that was there already. */
export interface EvaluatedGate {
  readonly gate: Gate
  readonly policy: Policy
  readonly look: Look
  readonly events: ReturnType<typeof gateEvaluated>[]
}

/** Evaluates the gate of a version and keeps it when it says something new. Throws `no-policy-applies`, `no-such-policy`. */
export async function gateOf(context: GateContext, versionId: string, policyName?: string): Promise<EvaluatedGate> {
  const { store, nowMs, newId } = context
  const look = await lookAt(context.ask, versionId)
  const policy = await policyOf(store, look, policyName)
  const judged = judgeGate(policy, look.seen, await store.gates.overrides(versionId))
  const before = await store.gates.latest(versionId)
  if (before !== undefined) {
    const { id: _id, evaluatedAtMs: _at, ...said } = before
    if (canonicalJson(said) === canonicalJson(judged)) return { gate: before, policy, look, events: [] }
  }
  const gate: Gate = { ...judged, id: newId('gate'), evaluatedAtMs: nowMs }
  await store.gates.add(gate)
  const { id, verdict } = gate
  return { gate, policy, look, events: [gateEvaluated({ id, versionId, policy: policy.name, verdict })] }
}

async function policyOf(store: GovernanceStore, look: Look, name: string | undefined): Promise<Policy> {
  if (name === undefined) {
    const found = applyingPolicy(await store.policies.all(), look.model)
    if (found === undefined) throw problem['no-policy-applies']({ model: look.model.name })
    return found
  }
  const found = await store.policies.find(name)
  if (found === undefined) throw problem['no-such-policy']({ name })
  return found
}
