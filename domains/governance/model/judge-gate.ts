import type { Gate, GateCheck, Override, PolicySpec, Verdict } from '../contract.ts'
import type { Seen } from './evidence.ts'
import { judgeCheck } from './judge-check.ts'

/** A gate before it has an id and a time. */
export type JudgedGate = Omit<Gate, 'id' | 'evaluatedAtMs'>

/** Holds a policy's checks against what was measured. A check that is overridden does not stand in the way, but its verdict stays. */
export function judgeGate(
  policy: { readonly name: string; readonly spec: PolicySpec },
  seen: Seen,
  overrides: readonly Override[],
): JudgedGate {
  const checks = policy.spec.checks.map((check): GateCheck => {
    const { id, reason, by, atMs } = overrides.find((override) => override.check === check.name) ?? none
    const override = id === undefined ? null : { id, reason, by, atMs }
    return { name: check.name, kind: check.kind, ...judgeCheck(check, seen), override }
  })
  const open = checks.filter((check) => check.override === null)
  const verdict = worst(open.map((check) => check.verdict))
  return {
    versionId: seen.version.id,
    policy: policy.name,
    verdict,
    checks,
    overridden: verdict === 'pass' && checks.some((check) => check.verdict !== 'pass'),
    championVersionId: seen.champion?.id ?? null,
  }
}

const none = { id: undefined, reason: '', by: '', atMs: 0 }

/** `fail` beats `not_enough_evidence` beats `pass`; nothing to check is a pass. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail'
  return verdicts.includes('not_enough_evidence') ? 'not_enough_evidence' : 'pass'
}

/** The checks that stand in the way, in sentences: `beats-champion: log loss higher by …; signature: …`. */
export function missingOf(gate: Pick<Gate, 'checks'>): string {
  return gate.checks
    .filter((check) => check.verdict !== 'pass' && check.override === null)
    .map((check) => `${check.name}: ${check.sentence}`)
    .join('; ')
}
