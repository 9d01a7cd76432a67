import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '@millrace/terminal'
import type { People } from './people.ts'
import type { Story } from './story.ts'

export interface Release {
  readonly id: string
  readonly state: string
  readonly outcome: string | null
  readonly sentence: string
  readonly versionId: string | null
  readonly approvalId: string | null
  readonly rolloutId: string | null
  readonly pipelineRunId: string | null
  readonly trigger: { readonly kind: string; readonly id: string | null }
  readonly timeline: readonly { state: string; sentence: string }[]
}

export interface ModelVersion {
  readonly id: string
  readonly version: number
}

const patienceMs = 180_000
const pauseMs = 100
/** How much of each release's timeline was told. */
const told = new Map<string, number>()

/** Waits until a release reaches one of the states; tells each new line of its timeline. */
export async function follow(api: ApiClient, story: Story, id: string, states: readonly string[]): Promise<Release> {
  const giveUpMs = performance.now() + patienceMs
  for (;;) {
    const release = await api.get<Release>(`/releases/${id}`)
    for (const entry of release.timeline.slice(told.get(id) ?? 0))
      story.say(`${entry.state.replaceAll('_', ' ')}: ${entry.sentence}`)
    told.set(id, release.timeline.length)
    if (states.includes(release.state)) return release
    if (release.outcome !== null || performance.now() > giveUpMs)
      throw new Error(`The release ${id} is ${release.state}, not ${states.join(' or ')}: ${release.sentence}`)
    await sleep(pauseMs)
  }
}

/** Waits until a release newer than those known appears. */
export async function nextRelease(api: ApiClient, known: ReadonlySet<string>): Promise<Release> {
  const giveUpMs = performance.now() + 30_000
  while (performance.now() < giveUpMs) {
    const { items } = await api.get<{ items: Release[] }>('/releases')
    const found = items.find((release) => !known.has(release.id))
    if (found !== undefined) return found
    await sleep(pauseMs)
  }
  throw new Error('No release was triggered.')
}

/** Jonas reads the evidence and approves. Where Maya asked for the release, she tries first and is refused. */
export async function approve(people: People, story: Story, release: Release): Promise<void> {
  const path = `/approvals/${release.approvalId ?? ''}/approve`
  if (release.trigger.kind === 'person') {
    const refused: unknown = await people.maya.post(path, { reason: 'I asked for it' }).catch((error: unknown) => error)
    if (!(refused instanceof Error)) throw new Error('Maya approved what she had asked for herself.')
    story.say(`Maya tries to approve: ${refused.message}`)
  }
  await people.jonas.post(path, { reason: 'Evidence read' })
  story.say('Jonas reads the evidence and approves.')
}

/** The version of a release. */
export async function versionOf(api: ApiClient, release: Release): Promise<ModelVersion> {
  return api.get<ModelVersion>(`/model-versions/${release.versionId ?? ''}`)
}

/** What the newest comparison or evaluation of a version says. */
export async function evidenceOf(api: ApiClient, versionId: string): Promise<{ id: string; sentence: string }> {
  const { items } = await api.get<{ items: { id: string; kind: string; sentence: string; createdAtMs: number }[] }>(
    `/model-versions/${versionId}/evidence`,
  )
  const found = items.find((item) => item.kind === 'comparison') ?? items[0]
  return found ?? { id: '', sentence: 'none' }
}
