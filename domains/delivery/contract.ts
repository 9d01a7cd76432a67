import { endpoint, EpochMs, event, id, Name, page, PageQuery, problems, ref } from '@millrace/contract'
import { Gate } from '@millrace/governance/contract'
import { ModelName } from '@millrace/model-registry/contract'
import { RolloutPlan } from '@millrace/model-serving/contract'
import { AlertClass } from '@millrace/monitoring/contract'
import { z } from 'zod'

const Values = z.record(z.string(), z.json())

/** Starts a release when an event of this name is published whose payload has these members (a list: one of them). */
export const EventTrigger = z.object({ event: z.string().min(1).max(256), filter: Values.default({}) })
export type EventTrigger = z.output<typeof EventTrigger>

/** Starts a release at the times of a cron expression (five fields; six with seconds in front). */
export const CronTrigger = z.object({
  cron: z.string().min(1).max(200),
  timeZone: z.string().min(1).max(64).default('UTC'),
})

/**
 * How a change of one model reaches one endpoint by itself. A text in `parameters` may hold `{{trigger.windowFromMs}}`:
 * a member of what triggered (alone it keeps its type); `{{trigger.id}}`, `{{trigger.kind}}`, `{{trigger.atMs}}` are
 * always there. `policy` is governance's; without it the one that applies to the model. `notWhileIncident`: classes of
 * incidents at the endpoint's monitors during which nothing is trained. `cooldownMs` (wall clock) counts from the end
 * of the last release.
 */
export const ReleasePolicySpec = z.object({
  model: ModelName,
  endpoint: Name,
  pipeline: Name,
  parameters: Values.default({}),
  /** The pipeline's output that holds the id of the version it made. */
  versionOutput: z.string().min(1).max(256).default('versionId'),
  triggers: z
    .array(z.union([EventTrigger, CronTrigger]))
    .max(100)
    .default([]),
  policy: Name.optional(),
  rollout: RolloutPlan,
  notWhileIncident: z.array(AlertClass).default(['input_fault']),
  cooldownMs: z.int().min(0).default(0),
})
export type ReleasePolicySpec = z.output<typeof ReleasePolicySpec>

export const ReleasePolicy = z.object({
  name: Name,
  spec: ReleasePolicySpec,
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
})
export type ReleasePolicy = z.output<typeof ReleasePolicy>

export const ReleaseState = z.enum([
  'triggered',
  'training',
  'validating',
  'awaiting_approval',
  'rolling_out',
  'live',
  'rejected',
  'rolled_back',
  'failed',
])
export type ReleaseState = z.infer<typeof ReleaseState>

export const ReleaseOutcome = z.enum(['live', 'rejected', 'rolled_back', 'failed'])

/** What happened to a release: one of the ways it moves, or a note. */
export const ReleaseStep = z.enum([
  'triggered',
  'suppressed',
  'training_started',
  'trained',
  'version_given',
  'gate_passed',
  'gate_refused',
  'overridden',
  'approved',
  'not_approved',
  'rollout_started',
  'deployed',
  'promoted',
  'rolled_back',
  'failed',
  'noted',
])
export type ReleaseStep = z.infer<typeof ReleaseStep>

const Reference = z.object({ kind: z.string(), id: z.string() })

export const TimelineEntry = z.object({
  atMs: EpochMs,
  /** The state after it. */
  state: ReleaseState,
  step: ReleaseStep,
  sentence: z.string(),
  refs: z.array(Reference),
})
export type TimelineEntry = z.infer<typeof TimelineEntry>

/** What set a release off. `values` is what its parameters could ask for. */
export const ReleaseTrigger = z.object({
  kind: z.string(),
  id: z.string(),
  reason: z.string().nullable(),
  event: z.string().nullable(),
  by: z.object({ id: z.string(), name: z.string() }).nullable(),
  atMs: EpochMs,
  values: Values,
})
export type ReleaseTrigger = z.infer<typeof ReleaseTrigger>

/** One change on its way to production. `sentence` says how it stands; `suppressed`: it was never trained, on purpose. */
export const Release = z.object({
  id: id('release'),
  policy: z.string(),
  number: z.int(),
  model: z.string(),
  endpoint: z.string(),
  state: ReleaseState,
  trigger: ReleaseTrigger,
  parameters: Values,
  /** The policy as it stood when the release began; a later change does not move it. */
  spec: ReleasePolicySpec,
  suppressed: z.boolean(),
  pipelineRunId: z.string().nullable(),
  versionId: z.string().nullable(),
  version: z.int().nullable(),
  gate: Gate.nullable(),
  approvalId: z.string().nullable(),
  rolloutId: z.string().nullable(),
  deploymentId: z.string().nullable(),
  timeline: z.array(TimelineEntry),
  outcome: ReleaseOutcome.nullable(),
  sentence: z.string(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
})
export type Release = z.input<typeof Release> & { spec: ReleasePolicySpec }

export const stopNames = ['alert', 'retrain', 'validate', 'approve', 'canary', 'promote', 'audit'] as const

/** One stop of the loop. `ahead`: not reached yet; `skipped`: this release does not need it; `stopped`: it ended here. */
export const LoopStop = z.object({
  name: z.enum(stopNames),
  state: z.enum(['done', 'running', 'ahead', 'skipped', 'stopped']),
  atMs: EpochMs.nullable(),
  sentence: z.string().nullable(),
  ref: Reference.nullable(),
})
export type LoopStop = z.infer<typeof LoopStop>

/** A release as the home page draws it. */
export const LoopRelease = z.object({
  id: z.string(),
  policy: z.string(),
  number: z.int(),
  model: z.string(),
  endpoint: z.string(),
  state: ReleaseState,
  outcome: ReleaseOutcome.nullable(),
  suppressed: z.boolean(),
  sentence: z.string(),
  versionId: z.string().nullable(),
  version: z.int().nullable(),
  startedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
  stops: z.array(LoopStop),
})
export type LoopRelease = z.infer<typeof LoopRelease>

/** Every way this domain says no. */
export const problem = problems('delivery', {
  'no-such-policy': { status: 404, say: (p: { name: string }) => `There is no release policy "${p.name}".` },
  'no-such-release': { status: 404, say: (p: { id: string }) => `There is no release ${p.id}.` },
  'unknown-event': {
    status: 400,
    say: (p: { event: string; known: string }) => `No event "${p.event}" can start a release. These can: ${p.known}.`,
  },
  'unknown-event-member': {
    status: 400,
    say: (p: { event: string; member: string; known: string }) =>
      `The event "${p.event}" has no "${p.member}" to filter by; it has ${p.known}.`,
  },
  'bad-cron': {
    status: 400,
    say: (p: { cron: string; reason: string }) => `The cron expression "${p.cron}" cannot be read: ${p.reason}.`,
  },
  'missing-value': {
    status: 422,
    say: (p: { parameter: string; wanted: string; trigger: string }) =>
      `The parameter "${p.parameter}" asks for {{trigger.${p.wanted}}}, which ${p.trigger} does not have. Give the parameter a value.`,
  },
  'release-open': {
    status: 409,
    say: (p: { policy: string; id: string; state: string }) =>
      `The release ${p.id} of "${p.policy}" is ${p.state.replaceAll('_', ' ')}. Let it end first; a policy runs one at a time.`,
  },
  'incident-open': {
    status: 409,
    say: (p: { title: string; id: string }) =>
      `Nothing is trained while the incident "${p.title}" (${p.id}) is open: the data may be broken. Resolve it first, or release a version that exists already.`,
  },
  'other-model': {
    status: 422,
    say: (p: { version: string; model: string; wanted: string }) =>
      `The version ${p.version} is of the model "${p.model}"; this release is for "${p.wanted}".`,
  },
  'illegal-transition': {
    status: 409,
    say: (p: { id: string; state: string; step: string; allowed: string }) =>
      `The release ${p.id} is ${p.state.replaceAll('_', ' ')} and cannot be ${p.step.replaceAll('_', ' ')}; that needs one that is ${p.allowed}.`,
  },
  'not-overridable': {
    status: 409,
    say: (p: { id: string; why: string }) => `The release ${p.id} cannot go on past its gate: ${p.why}.`,
  },
})

const ReleaseId = id('release')
const Reason = z.string().trim().min(1, 'say why').max(10_000)
const releaseOf = (input: { id: string }) => ref('release', input.id)

export const putReleasePolicy = endpoint({
  name: 'delivery.put-release-policy',
  method: 'PUT',
  path: '/release-policies/{name}',
  summary: 'Declares how a model reaches an endpoint by itself; the same spec again changes nothing',
  needs: { permission: 'delivery:write' },
  input: ReleasePolicySpec.extend({ name: Name }),
  output: ReleasePolicy,
  problems: [problem['unknown-event'], problem['unknown-event-member'], problem['bad-cron']],
})
export const readReleasePolicy = endpoint({
  name: 'delivery.read-release-policy',
  method: 'GET',
  path: '/release-policies/{name}',
  summary: 'Reads a release policy',
  needs: { permission: 'delivery:read' },
  input: z.object({ name: Name }),
  output: ReleasePolicy,
  problems: [problem['no-such-policy']],
})
export const listReleasePolicies = endpoint({
  name: 'delivery.list-release-policies',
  method: 'GET',
  path: '/release-policies',
  summary: 'Lists release policies by name',
  needs: { permission: 'delivery:read' },
  input: PageQuery,
  output: page(ReleasePolicy),
})
export const startRelease = endpoint({
  name: 'delivery.start-release',
  method: 'POST',
  path: '/releases',
  summary: 'Starts a release by hand; with a version it trains nothing',
  needs: { permission: 'delivery:write' },
  input: z.object({
    policy: Name,
    reason: Reason,
    /** Beside the policy's, and before them. */
    parameters: Values.default({}),
    versionId: id('model-version').optional(),
  }),
  output: Release,
  problems: [
    problem['no-such-policy'],
    problem['release-open'],
    problem['incident-open'],
    problem['missing-value'],
    problem['other-model'],
  ],
  status: 201,
})
export const listReleases = endpoint({
  name: 'delivery.list-releases',
  method: 'GET',
  path: '/releases',
  summary: 'Lists releases, the newest first',
  needs: { permission: 'delivery:read' },
  input: PageQuery.extend({ policy: z.string().optional(), state: ReleaseState.optional() }),
  output: page(Release),
})
export const readRelease = endpoint({
  name: 'delivery.read-release',
  method: 'GET',
  path: '/releases/{id}',
  summary: 'Reads a release with its timeline',
  needs: { permission: 'delivery:read', on: releaseOf },
  input: z.object({ id: ReleaseId }),
  output: Release,
  problems: [problem['no-such-release']],
})
export const overrideRelease = endpoint({
  name: 'delivery.override-release',
  method: 'POST',
  path: '/releases/{id}/override',
  summary: 'Lets a release that its gate refused go on; each check that refused is overridden with the reason',
  needs: { permission: 'delivery:administer', on: releaseOf },
  input: z.object({ id: ReleaseId, reason: Reason }),
  output: Release,
  problems: [problem['no-such-release'], problem['not-overridable'], problem['release-open']],
})
export const readLoop = endpoint({
  name: 'delivery.read-loop',
  method: 'GET',
  path: '/loop',
  summary: 'Reads open and closed releases with their seven stops',
  needs: { permission: 'delivery:read' },
  input: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
  output: z.object({
    open: z.array(LoopRelease),
    closed: z.array(LoopRelease),
    /** Of the closed ones above that trained: how many ended how, and the median time to live, in ms. */
    counts: z.object({ live: z.int(), rejected: z.int(), rolledBack: z.int(), failed: z.int(), suppressed: z.int() }),
    medianMs: z.number().nullable(),
  }),
})

const ReleaseEvent = z.object({
  id: z.string(),
  policy: z.string(),
  model: z.string(),
  endpoint: z.string(),
  versionId: z.string().nullable(),
  sentence: z.string(),
})
export const releaseTriggered = event('delivery.release.triggered', ReleaseEvent)
export const releaseTrained = event('delivery.release.trained', ReleaseEvent)
export const releaseRejected = event('delivery.release.rejected', ReleaseEvent)
export const releaseOverridden = event('delivery.release.overridden', ReleaseEvent)
export const releaseWentLive = event('delivery.release.went-live', ReleaseEvent)
export const releaseRolledBack = event('delivery.release.rolled-back', ReleaseEvent)
export const releaseFailed = event('delivery.release.failed', ReleaseEvent)
export const releaseSuppressed = event('delivery.release.suppressed', ReleaseEvent)
