import type { Policy, PolicySpec, RiskTier } from '../contract.ts'

/** The policy a model follows: the one that names it, else the one of its risk tier, else none. */
export function applyingPolicy(
  policies: readonly Policy[],
  model: { readonly name: string; readonly riskTier: RiskTier },
): Policy | undefined {
  return (
    policies.find((policy) => policy.spec.models.includes(model.name)) ??
    policies.find((policy) => policy.spec.tiers.includes(model.riskTier))
  )
}

/** What another policy holds of what `spec` asks for; undefined when they do not meet. */
export function overlapWith(
  spec: PolicySpec,
  others: readonly Policy[],
): { readonly what: string; readonly policy: string } | undefined {
  for (const other of others) {
    const model = spec.models.find((name) => other.spec.models.includes(name))
    if (model !== undefined) return { what: `The model "${model}"`, policy: other.name }
    const tier = spec.tiers.find((name) => other.spec.tiers.includes(name))
    if (tier !== undefined) return { what: `The ${tier} risk tier`, policy: other.name }
  }
  return undefined
}

/** Why a version may not be used: what its approval lacks, in one sentence without its full stop. */
export function missingApproval(
  approval:
    | {
        readonly state: string
        readonly required: number
        readonly decisions: readonly { decision: string; byName: string }[]
      }
    | undefined,
  gate: { readonly verdict: string; readonly missing: string } | undefined,
): string {
  if (gate !== undefined && gate.verdict !== 'pass') return `its gate does not pass (${gate.missing})`
  if (approval === undefined) {
    return gate === undefined
      ? 'its gate was not evaluated and no approval was asked for'
      : 'its gate passes, but no approval was asked for'
  }
  if (approval.state === 'requested') {
    const given = approval.decisions.filter((decision) => decision.decision === 'approved').length
    return `its approval waits for ${approval.required - given} of ${approval.required} people`
  }
  const last = approval.decisions.at(-1)
  const by = last === undefined ? '' : ` by ${last.byName}`
  return `its approval is ${approval.state}${approval.state === 'expired' ? '' : by}`
}
