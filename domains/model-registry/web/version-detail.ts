import type { Evidence, ModelVersion } from '@millrace/model-registry/contract'
import { count } from '@millrace/ui/format'
import type { State } from '@millrace/ui/parts'
import type { ApprovalSeen, CardSeen, GateSeen } from './governed.ts'
import type { VersionDetail } from './load-model.ts'

const verdicts = { pass: 'ok', fail: 'bad', not_enough_evidence: 'warn' } as const
const answered: Readonly<Record<ApprovalSeen['state'], State>> = {
  requested: 'warn',
  approved: 'ok',
  rejected: 'bad',
  expired: 'skip',
  revoked: 'bad',
}

/** What the page shows of the chosen version, from its evidence and its card (null: governance has none). */
export function versionDetail(
  version: ModelVersion,
  all: readonly ModelVersion[],
  evidence: readonly Evidence[],
  card: CardSeen | null,
): Omit<VersionDetail, 'thread' | 'graph'> {
  const approval = card?.approvals[0] ?? null
  return {
    id: version.id,
    version: version.version,
    digest: version.digest,
    description: version.description,
    policy: card?.policy ?? null,
    checks: checksOf(card?.gate ?? null),
    comparison: comparisonOf(evidence, all),
    approvals: approval === null ? null : approvalsOf(approval),
    next: nextOf(version, card?.gate ?? null, approval),
    card: cardOf(card),
    signature: signatureOf(version),
  }
}

function checksOf(gate: GateSeen | null): VersionDetail['checks'] {
  return (gate?.checks ?? []).map((check) => ({
    name: check.name,
    state: check.override === null ? verdicts[check.verdict] : 'warn',
    found: check.override === null ? check.sentence : `overridden by ${check.override.by}: ${check.override.reason}`,
    atMs: gate?.evaluatedAtMs ?? null,
  }))
}

function comparisonOf(evidence: readonly Evidence[], all: readonly ModelVersion[]): VersionDetail['comparison'] {
  const found = evidence.find((each) => (each.comparedWith?.differences.length ?? 0) > 0)
  const compared = found?.comparedWith
  if (found === undefined || compared === undefined) return null
  const other = all.find((each) => each.id === compared.versionId)
  return {
    with: other === undefined ? 'an earlier version' : `v${other.version}`,
    sentence: found.sentence,
    rows: compared.differences.map((each) => ({
      name: each.metric,
      low: each.lower,
      value: each.difference,
      high: each.upper,
      rows: count(each.n),
    })),
  }
}

function approvalsOf(approval: ApprovalSeen): VersionDetail['approvals'] {
  return {
    id: approval.id,
    given: approval.decisions.filter((decision) => decision.decision === 'approved').length,
    required: approval.required,
    state: answered[approval.state],
    decisions: [
      { by: approval.requestedByName, role: 'asked', verdict: 'asked', says: approval.sentence ?? '' },
      ...approval.decisions.map((decision) => ({
        by: decision.byName,
        role: '',
        verdict: decision.decision,
        says: decision.reason ?? '',
      })),
    ],
  }
}

function nextOf(version: ModelVersion, gate: GateSeen | null, approval: ApprovalSeen | null): VersionDetail['next'] {
  if (version.aliases.includes('champion')) return null
  if (approval?.state === 'requested') {
    return {
      tone: 'warn',
      title: 'Waits for approval',
      says: `${approval.requestedByName} asks; ${approval.required} must agree.`,
      to: `/approvals/${approval.id}`,
      act: 'Review',
    }
  }
  if (gate === null || gate.verdict === 'pass') return null
  const failed = gate.checks.filter((check) => check.verdict !== 'pass' && check.override === null)
  return {
    tone: gate.verdict === 'fail' ? 'bad' : 'warn',
    title: gate.verdict === 'fail' ? 'Stopped at its gate' : 'Not enough evidence yet',
    says: failed[0]?.sentence ?? '',
    to: null,
    act: null,
  }
}

function cardOf(card: CardSeen | null): VersionDetail['card'] {
  if (card === null || card.figures.length === 0) return null
  return {
    measured: card.figures.filter((figure) => figure.evidenceId !== null).length,
    total: card.figures.length,
    figures: card.figures.map(({ label, value, evidenceId }) => ({ label, value, evidence: evidenceId })),
  }
}

function signatureOf({ signature }: ModelVersion): VersionDetail['signature'] {
  if (signature === null) return null
  const tensor = ({ name, dtype, shape }: { name: string; dtype: string; shape: readonly number[] }) => ({
    name,
    type: `${dtype} [${shape.map((size) => (size === -1 ? '·' : size)).join(', ')}]`,
  })
  return { inputs: signature.inputs.map(tensor), outputs: signature.outputs.map(tensor) }
}
