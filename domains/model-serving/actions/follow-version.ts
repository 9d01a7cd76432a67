import { endpoint } from '@millrace/contract'
import type { ActionContext, AuditEntry, Outcome } from '@millrace/kernel'
import { z } from 'zod'
import { defaultRolloutPlan } from '../contract.ts'
import type { ServingStore } from '../store/serving-store.ts'
import { action } from '../store/serving-store.ts'
import type { DeploymentRow, EndpointRow, RolloutRow } from '../store/tables.ts'
import { admitVersion } from './admit-version.ts'
import { deployVersion } from './deploy-version.ts'
import { rollBack } from './end-rollout.ts'
import { requireEndpoint } from './require-endpoint.ts'
import { specOf } from './show.ts'
import { beginRollout } from './start-rollout.ts'

const FollowStep = z.object({ step: z.enum(['none', 'waits', 'noted', 'deployed', 'rollout-started']) })

/** Millrace's own: the followed alias names this version now. It has no address; only the system's actor may run it. */
const contract = endpoint({
  name: 'model-serving.follow-version',
  method: 'POST',
  path: '/endpoints/{name}/follow',
  summary: 'Brings the version that a followed alias names to an endpoint, once',
  needs: { permission: 'model-serving:administer' },
  input: z.object({ name: z.string(), versionId: z.string() }),
  output: FollowStep,
})

type Context = ActionContext<ServingStore, unknown>
type Step = z.infer<typeof FollowStep>['step']

/**
 * Acts once on what the alias names: by a rollout with the endpoint's plan, or at once where nothing serves. A version that
 * serves already is only noted (a promotion moves the alias itself), and so a rollback is not followed by the same rollout
 * again. A rollout that following began gives way to the alias's next version; for anything else under way it waits.
 */
export const followVersion = action(contract, async (context) => {
  const { store, input, call } = context
  const { name, versionId } = input
  const row = await requireEndpoint(store, name)
  const open = await store.rollouts.open(name)
  const champion = (await store.deployments.live(name)).find(({ role }) => role === 'champion')
  const step = nextStep(versionId, {
    open,
    champion,
    followed: row.followed_version_id,
    isTried: (await store.experiments.open(name)) !== undefined,
  })
  if (step === 'none' || step === 'waits') return unchanged(step)
  await store.endpoints.setFollowed(name, versionId)
  if (open?.version_id === versionId) return unchanged(step)
  const ended = open === undefined ? { events: [], audit: [] } : await supersede(context, open)
  if (step === 'noted') return { answer: { step }, ...ended }
  if (step === 'rollout-started') return begin(context, row, versionId, ended)
  await call(deployVersion, { name, versionId, reason: reasonOf(row) })
  return unchanged(step)
})

interface Standing {
  readonly followed: string | null
  readonly open: RolloutRow | undefined
  readonly champion: DeploymentRow | undefined
  /** An experiment is under way. */
  readonly isTried: boolean
}

function nextStep(wanted: string, { followed, open, champion, isTried }: Standing): Step {
  if (followed === wanted) return 'none'
  if (open?.version_id === wanted) return 'noted'
  const isAnothers = open !== undefined && open.version_id !== followed
  if (isTried || isAnothers) return 'waits'
  if (champion === undefined) return 'deployed'
  return champion.version_id === wanted ? 'noted' : 'rollout-started'
}

/** What was written of a rollout that gave way. */
interface Ended {
  readonly events: NonNullable<Outcome<unknown>['events']>
  readonly audit: readonly AuditEntry[]
}

function unchanged(step: Step) {
  return { answer: { step }, audit: 'unchanged' as const }
}

async function begin(context: Context, row: EndpointRow, versionId: string, ended: Ended) {
  const version = await admitVersion(context, row, versionId)
  const plan = specOf(row).rollout ?? defaultRolloutPlan
  const { events, audit, edges } = await beginRollout(context, row, { version, plan, reason: reasonOf(row) })
  return {
    edges,
    answer: { step: 'rollout-started' as const },
    events: [...ended.events, ...events],
    audit: [...ended.audit, audit],
  }
}

/** Ends a rollout that following began, for the alias names another version now. */
async function supersede(context: Context, open: RolloutRow): Promise<Ended> {
  const reason = 'The followed alias names another version now.'
  const { events = [], audit } = await rollBack(context, open, { guardrail: null, reason })
  return { events, audit: audit === 'unchanged' ? [] : [audit].flat() }
}

function reasonOf(row: EndpointRow): string {
  return `${specOf(row).follow ?? 'The followed alias'} moved.`
}
