import type { LoopRelease, Release } from '@millrace/delivery/contract'
import { loadThread } from '@millrace/lineage/web'
import type { Api } from '@millrace/ui/data'
import type { State } from '@millrace/ui/parts'
import type { ThreadStop } from '@millrace/ui/shell'
import { loopRow, type LoopRow } from './loop-row.ts'

export const releaseTopics = ['delivery', 'pipelines.run', 'governance.approval', 'model-serving.rollout'] as const

interface LoopAnswer {
  open: readonly LoopRelease[]
  closed: readonly LoopRelease[]
}

export interface ReleaseView {
  release: Release
  /** Its seven stops; null for one too old to be in the loop's list. */
  stops: LoopRow | null
  thread: readonly ThreadStop[]
}

const MOST = 200

export function loadReleases(api: Api, signal: AbortSignal): Promise<{ items: readonly Release[] }> {
  return api.get<{ items: readonly Release[] }>('releases', { query: { limit: MOST }, signal })
}

export async function loadRelease(api: Api, id: string, signal: AbortSignal): Promise<ReleaseView> {
  const [release, loop, thread] = await Promise.all([
    api.get<Release>(`releases/${encodeURIComponent(id)}`, { signal }),
    api.get<LoopAnswer>('loop', { query: { limit: MOST }, signal }),
    loadThread(api, 'release', id, signal),
  ])
  const found = [...loop.open, ...loop.closed].find((each) => each.id === id)
  return { release, stops: found === undefined ? null : loopRow(found), thread }
}

export function overrideRelease(api: Api, act: { release: string; reason: string }): Promise<unknown> {
  return api.post<unknown>(`releases/${act.release}/override`, { reason: act.reason })
}

/** How a release's state looks and reads. */
export function releaseStatus(release: Pick<Release, 'state' | 'suppressed'>): { state: State; status: string } {
  if (release.suppressed) return { state: 'skip', status: 'Suppressed' }
  const words = release.state.replaceAll('_', ' ')
  return { state: states[release.state], status: words.slice(0, 1).toUpperCase() + words.slice(1) }
}

const states: Readonly<Record<Release['state'], State>> = {
  triggered: 'live',
  training: 'live',
  validating: 'live',
  awaiting_approval: 'warn',
  rolling_out: 'live',
  live: 'ok',
  rejected: 'bad',
  rolled_back: 'bad',
  failed: 'bad',
}
