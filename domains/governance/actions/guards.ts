import type { Scope } from '@millrace/kernel'
import { z } from 'zod'
import { problem } from '../contract.ts'
import { applyingPolicy, missingApproval } from '../model/applying-policy.ts'
import { missingOf } from '../model/judge-gate.ts'
import { governanceStore } from '../store/governance-store.ts'
import { askWithin } from './ask-within.ts'
import type { Look } from './look-at.ts'
import { lookAt } from './look-at.ts'
import { readModel } from '@millrace/model-registry'

const AliasMove = z.object({ model: z.string(), alias: z.string(), toVersionId: z.string().nullish() })
const Deploy = z.object({ versionId: z.string() })

/** Keeps a guarded alias from versions that are not approved. Models that no policy applies to are not guarded. */
export async function guardAlias(scope: Scope, payload: unknown): Promise<void> {
  const { model: name, alias, toVersionId } = AliasMove.parse(payload)
  const ask = askWithin(scope)
  const store = governanceStore(scope.db, scope.workspace)
  const policy = applyingPolicy(await store.policies.all(), await ask(readModel, { name }))
  if (policy === undefined || !policy.spec.guardedAliases.includes(alias)) return
  if (toVersionId === undefined || toVersionId === null) {
    throw problem['alias-guarded']({ alias, policy: policy.name })
  }
  await refuseUnlessApproved(scope, await lookAt(ask, toVersionId), policy.name, `become "${alias}"`)
}

/** Keeps an endpoint from versions that are not approved, and says what they lack. */
export async function guardDeploy(scope: Scope, payload: unknown): Promise<void> {
  const { versionId } = Deploy.parse(payload)
  const look = await lookAt(askWithin(scope), versionId)
  const policy = applyingPolicy(await governanceStore(scope.db, scope.workspace).policies.all(), look.model)
  if (policy !== undefined) await refuseUnlessApproved(scope, look, policy.name, 'be deployed')
}

async function refuseUnlessApproved(scope: Scope, look: Look, policy: string, act: string): Promise<void> {
  if (look.version.approval === 'approved') return
  const store = governanceStore(scope.db, scope.workspace)
  const gate = await store.gates.latest(look.version.id)
  const [approval] = await store.approvals.ofVersion(look.version.id)
  const said = gate === undefined ? undefined : { verdict: gate.verdict, missing: missingOf(gate) }
  const what = `${look.model.name} v${look.version.version}`
  throw problem['not-approved']({ what, act, policy, missing: missingApproval(approval, said) })
}
