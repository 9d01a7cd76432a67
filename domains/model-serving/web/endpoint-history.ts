import type { Deployment, Rollout } from '@millrace/model-serving/contract'
import type { State } from '@millrace/ui/parts'
import type { EndpointView } from './load-endpoint.ts'

type Entry = EndpointView['history'][number]

const ended: Readonly<Record<Rollout['state'], { state: State; says: string }>> = {
  shadow: { state: 'live', says: 'is a shadow' },
  canary: { state: 'live', says: 'is a canary' },
  promoted: { state: 'ok', says: 'was promoted' },
  rolled_back: { state: 'bad', says: 'was rolled back' },
}

/** What happened at an endpoint, the newest first: direct deployments and rollouts. */
export function historyOf(deployments: readonly Deployment[], rollouts: readonly Rollout[]): Entry[] {
  const rolledOut = new Set(rollouts.map((rollout) => rollout.deploymentId))
  const direct = deployments.filter((each) => !rolledOut.has(each.id))
  return [...direct.map(deployed), ...rollouts.flatMap(rolled)].toSorted((a, b) => b.atMs - a.atMs)
}

function deployed(each: Deployment): Entry {
  const failed = each.state === 'failed'
  return {
    atMs: each.readyAtMs ?? each.createdAtMs,
    state: failed ? 'bad' : 'ok',
    says: [{ text: `v${each.version}`, strong: true }, failed ? ' failed to load' : ' was deployed directly'],
    more: each.reason ?? `by ${each.createdBy}`,
  }
}

function rolled(rollout: Rollout): Entry[] {
  const version = { text: `v${rollout.version}`, strong: true }
  const started: Entry = {
    atMs: rollout.startedAtMs,
    state: 'live',
    says: ['Rollout of ', version, ' started'],
    more: `by ${rollout.startedBy}`,
  }
  if (rollout.endedAtMs === null) return [started]
  const end = ended[rollout.state]
  const last: Entry = { atMs: rollout.endedAtMs, state: end.state, says: [version, ` ${end.says}`] }
  return [rollout.reason === null ? last : { ...last, more: rollout.reason }, started]
}
