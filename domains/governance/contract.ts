import { endpoint, EpochMs, event, id, Name, page, PageQuery, problems, ref } from '@millrace/contract'
import { z } from 'zod'
import { ApprovalsView } from './model/approvals-view.ts'
import { Check, Policy, PolicySpec, RiskTier } from './model/policy.ts'

export * from './model/policy.ts'

/** An administrator's word that a check need not pass for this version. It stays on gate and card for ever. */
export const Override = z.object({
  id: id('override'),
  versionId: z.string(),
  check: z.string(),
  reason: z.string(),
  by: z.string(),
  atMs: EpochMs,
})
export type Override = z.input<typeof Override>

export const Verdict = z.enum(['pass', 'fail', 'not_enough_evidence'])
export type Verdict = z.infer<typeof Verdict>

/** What evidence says of one check. The verdict stays what was measured; an override stands beside it. */
export const GateCheck = z.object({
  name: z.string(),
  kind: Check.shape.kind,
  verdict: Verdict,
  sentence: z.string(),
  evidenceId: z.string().nullable(),
  override: z.object({ id: z.string(), reason: z.string(), by: z.string(), atMs: EpochMs }).nullable(),
})
export type GateCheck = z.infer<typeof GateCheck>

/** All checks of a policy for one version, as evidence stood then. Equal evidence gives the same gate. */
export const Gate = z.object({
  id: id('gate'),
  versionId: z.string(),
  policy: z.string(),
  verdict: Verdict,
  checks: z.array(GateCheck),
  /** True when it passes only because of an override. */
  overridden: z.boolean(),
  championVersionId: z.string().nullable(),
  evaluatedAtMs: EpochMs,
})
export type Gate = z.input<typeof Gate>

export const ApprovalState = z.enum(['requested', 'approved', 'rejected', 'expired', 'revoked'])
export type ApprovalState = z.infer<typeof ApprovalState>

export const Decision = z.object({
  by: z.string(),
  byName: z.string(),
  decision: z.enum(['approved', 'rejected', 'revoked']),
  reason: z.string().nullable(),
  atMs: EpochMs,
})
export type Decision = z.infer<typeof Decision>

/** A question put to people: may this version be used. `pins` is the digest of the card that the approval stands for. */
export const Approval = z.object({
  id: id('approval'),
  subject: z.object({ kind: z.literal('model-version'), id: z.string() }),
  model: z.string(),
  version: z.int(),
  title: z.string(),
  policy: z.string(),
  gateId: z.string(),
  state: ApprovalState,
  reason: z.string().nullable(),
  requestedBy: z.string(),
  requestedByName: z.string(),
  requestedAtMs: EpochMs,
  /** Who registered the version; with separation of duties they may not approve it. */
  versionBy: z.string(),
  required: z.int(),
  automatic: z.boolean(),
  separationOfDuties: z.boolean(),
  decisions: z.array(Decision),
  expiresAtMs: EpochMs.nullable(),
  decidedAtMs: EpochMs.nullable(),
  /** How it ended, in a sentence. */
  sentence: z.string().nullable(),
  pins: z.string().nullable(),
})
export type Approval = z.input<typeof Approval>

/** One measured thing on a card. `evidenceId` leads to what measured it; without evidence the value is "not measured". */
export const Figure = z.object({
  label: z.string(),
  value: z.string(),
  evidenceId: z.string().nullable(),
  datasetVersionId: z.string().nullable(),
})
export type Figure = z.infer<typeof Figure>

/** A version in one page, made of what was measured. `digest` covers everything but the time it was made. */
export const ModelCard = z.object({
  versionId: z.string(),
  model: z.string(),
  version: z.int(),
  description: z.string(),
  riskTier: RiskTier,
  runId: z.string().nullable(),
  modelDigest: z.string(),
  createdBy: z.string(),
  createdAtMs: EpochMs,
  approval: z.string(),
  policy: z.string().nullable(),
  figures: z.array(Figure),
  gate: Gate.nullable(),
  overrides: z.array(Override),
  approvals: z.array(Approval),
  digest: z.string(),
  /** Cards frozen at an approval: the digest that the approval pins. */
  frozen: z.array(z.object({ id: z.string(), approvalId: z.string(), digest: z.string(), atMs: EpochMs })),
})
export type ModelCard = z.input<typeof ModelCard>

/** Every way this domain says no. */
export const problem = problems('governance', {
  'no-such-policy': { status: 404, say: (p: { name: string }) => `There is no policy "${p.name}".` },
  'no-policy-applies': {
    status: 409,
    say: (p: { model: string }) =>
      `No policy applies to the model "${p.model}". Name it, or its risk tier, in a policy.`,
  },
  'policy-overlaps': {
    status: 409,
    say: (p: { what: string; policy: string }) =>
      `${p.what} is under the policy "${p.policy}" already. A model follows one policy; change that one instead.`,
  },
  'no-such-check': {
    status: 404,
    say: (p: { check: string; policy: string }) => `The policy "${p.policy}" has no check "${p.check}".`,
  },
  'nothing-to-override': {
    status: 409,
    say: (p: { check: string }) => `The check "${p.check}" passes; there is nothing to override.`,
  },
  'gate-not-passed': {
    status: 409,
    say: (p: { what: string; missing: string }) => `${p.what} does not pass its gate: ${p.missing}.`,
  },
  'no-such-gate': {
    status: 404,
    say: (p: { id: string }) =>
      `No gate of the version ${p.id} was evaluated. Evaluate it with POST /model-versions/${p.id}/gate.`,
  },
  'no-such-approval': { status: 404, say: (p: { id: string }) => `There is no approval ${p.id}.` },
  'illegal-transition': {
    status: 409,
    say: (p: { id: string; state: string; wanted: string; allowed: string }) =>
      `The approval ${p.id} is ${p.state} and cannot become ${p.wanted}; from here it may become ${p.allowed}.`,
  },
  expired: {
    status: 410,
    say: (p: { at: string }) => `This approval expired at ${p.at}. Ask again.`,
  },
  'separation-of-duties': { status: 403, say: (p: { rule: string }) => `${p.rule} Someone else must approve it.` },
  'decided-already': {
    status: 409,
    say: (p: { required: number }) => `You have approved this already; ${p.required} different people must.`,
  },
  'not-approved': {
    status: 403,
    say: (p: { what: string; act: string; policy: string; missing: string }) =>
      `${p.what} may not ${p.act} under the policy "${p.policy}": ${p.missing}.`,
  },
  'alias-guarded': {
    status: 403,
    say: (p: { alias: string; policy: string }) =>
      `The alias "${p.alias}" is guarded by the policy "${p.policy}". Move it to an approved version instead of removing it.`,
  },
})

const onVersion = <V extends 'read' | 'write' | 'administer'>(verb: V) => ({
  permission: `governance:${verb}` as const,
  on: (input: { id: string }) => ref('model-version', input.id),
})
const onApproval = <V extends 'read' | 'approve'>(verb: V) => ({
  permission: `governance:${verb}` as const,
  on: (input: { id: string }) => ref('approval', input.id),
})
const VersionId = id('model-version')
const ApprovalId = id('approval')
const Reason = z.string().trim().min(1, 'say why').max(10_000)

export const putPolicy = endpoint({
  name: 'governance.put-policy',
  method: 'PUT',
  path: '/policies/{name}',
  summary: 'Declares what versions of some models need; the same spec again changes nothing',
  needs: { permission: 'governance:administer' },
  input: PolicySpec.extend({ name: Name }),
  output: Policy,
  problems: [problem['policy-overlaps']],
})
export const readPolicy = endpoint({
  name: 'governance.read-policy',
  method: 'GET',
  path: '/policies/{name}',
  summary: 'Reads a policy',
  needs: { permission: 'governance:read' },
  input: z.object({ name: Name }),
  output: Policy,
  problems: [problem['no-such-policy']],
})
export const listPolicies = endpoint({
  name: 'governance.list-policies',
  method: 'GET',
  path: '/policies',
  summary: 'Lists policies by name',
  needs: { permission: 'governance:read' },
  input: PageQuery,
  output: page(Policy),
})

export const evaluateGate = endpoint({
  name: 'governance.evaluate-gate',
  method: 'POST',
  path: '/model-versions/{id}/gate',
  summary: "Holds a version's evidence against its policy; equal evidence gives the same gate again",
  needs: onVersion('write'),
  input: z.object({ id: VersionId, policy: Name.optional() }),
  output: Gate,
  problems: [problem['no-such-policy'], problem['no-policy-applies']],
})
export const readGate = endpoint({
  name: 'governance.read-gate',
  method: 'GET',
  path: '/model-versions/{id}/gate',
  summary: "Reads a version's newest gate",
  needs: onVersion('read'),
  input: z.object({ id: VersionId }),
  output: Gate,
  problems: [problem['no-such-gate']],
})
export const overrideCheck = endpoint({
  name: 'governance.override-check',
  method: 'POST',
  path: '/model-versions/{id}/overrides',
  summary: 'Lets a version past a check that does not pass; the reason stays on gate and card',
  needs: onVersion('administer'),
  input: z.object({ id: VersionId, check: Name, reason: Reason, policy: Name.optional() }),
  output: Override.extend({ gate: Gate }),
  problems: [problem['no-such-check'], problem['nothing-to-override'], problem['no-policy-applies']],
  status: 201,
})
export const readCard = endpoint({
  name: 'governance.read-model-card',
  method: 'GET',
  path: '/model-versions/{id}/card',
  summary: 'Reads the card of a version, made of what was measured',
  needs: onVersion('read'),
  input: z.object({ id: VersionId }),
  output: ModelCard,
})

export const requestApproval = endpoint({
  name: 'governance.request-approval',
  method: 'POST',
  path: '/approvals',
  summary: 'Asks for the approval of a version that passes its gate; an open or given one is answered again',
  needs: { permission: 'governance:write', on: (input) => ref('model-version', input.subject.id) },
  input: z.object({
    subject: z.object({ kind: z.literal('model-version'), id: VersionId }),
    policy: Name.optional(),
    title: z.string().min(1).max(500).optional(),
    reason: Reason.optional(),
    /** Whom Millrace asks for; others always ask for themselves. */
    onBehalfOf: z.object({ id: z.string(), name: z.string() }).optional(),
  }),
  output: Approval,
  problems: [problem['gate-not-passed'], problem['no-policy-applies'], problem['no-such-policy']],
  status: 201,
})
export const listApprovals = endpoint({
  name: 'governance.list-approvals',
  method: 'GET',
  path: '/approvals',
  summary: 'Lists approvals, the newest first',
  needs: { permission: 'governance:read' },
  input: PageQuery.extend({ state: ApprovalState.optional(), versionId: z.string().optional() }),
  output: page(Approval),
})
export const readApproval = endpoint({
  name: 'governance.read-approval',
  method: 'GET',
  path: '/approvals/{id}',
  summary: 'Reads an approval with its decisions',
  needs: onApproval('read'),
  input: z.object({ id: ApprovalId }),
  output: Approval,
  problems: [problem['no-such-approval']],
})

/** What the page of approvals draws. */
export const viewApprovals = endpoint({
  name: 'governance.view-approvals',
  method: 'GET',
  path: '/views/approvals',
  summary: 'Reads what the page of approvals draws, for whoever asks',
  needs: { permission: 'governance:read' },
  input: z.object({ shown: z.enum(['waiting', 'decided']).default('waiting'), chosen: z.string().optional() }),
  output: ApprovalsView,
})

const deciding = {
  method: 'POST' as const,
  needs: onApproval('approve'),
  output: Approval,
  problems: [
    problem['no-such-approval'],
    problem['illegal-transition'],
    problem.expired,
    problem['separation-of-duties'],
    problem['decided-already'],
    problem['gate-not-passed'],
  ],
}
const Refuse = z.object({ id: ApprovalId, reason: Reason })
export const approve = endpoint({
  ...deciding,
  name: 'governance.approve',
  path: '/approvals/{id}/approve',
  summary: 'Agrees; the last agreement that is needed approves the version',
  input: z.object({ id: ApprovalId, reason: Reason.optional() }),
})
export const reject = endpoint({
  ...deciding,
  name: 'governance.reject',
  path: '/approvals/{id}/reject',
  summary: 'Refuses the version',
  input: Refuse,
})
export const revoke = endpoint({
  ...deciding,
  name: 'governance.revoke',
  path: '/approvals/{id}/revoke',
  summary: 'Takes a given approval back',
  input: Refuse,
})

export const approvalRequested = event(
  'governance.approval.requested',
  z.object({
    id: z.string(),
    subject: Approval.shape.subject,
    model: z.string(),
    policy: z.string(),
    title: z.string(),
  }),
)
export const approvalDecided = event(
  'governance.approval.decided',
  z.object({ id: z.string(), subject: Approval.shape.subject, state: ApprovalState }),
)
export const gateEvaluated = event(
  'governance.gate.evaluated',
  z.object({ id: z.string(), versionId: z.string(), policy: z.string(), verdict: Verdict }),
  (payload) => payload.versionId,
)
export const checkOverridden = event(
  'governance.check.overridden',
  z.object({ id: z.string(), versionId: z.string(), check: z.string(), by: z.string(), reason: z.string() }),
  (payload) => payload.versionId,
)
