import type { Runtime, Scope, StoredEvent } from '@millrace/kernel'
import { statement } from '@millrace/kernel/db'
import type { NoticeKind } from '../model/talk.ts'
import { storeOf } from '../store/collaboration.ts'

type EventLike = Pick<StoredEvent, 'name' | 'subject' | 'payload'>

interface Told {
  readonly kind: NoticeKind
  readonly about: { readonly kind: string; readonly id: string }
  readonly sentence: string
}

const wishing = statement<[string], { one: number }>(
  'select 1 as one where exists (select 1 from collaboration_wish where workspace = ?)',
)

/** Whether anybody in the scope's workspace chose of what to be told. */
export async function anybodyWishes(scope: Scope): Promise<boolean> {
  return (await wishing(scope, scope.workspace)).length > 0
}

/** What an event says to people, by the names of events alone; undefined for what nobody is told of. */
export function noticeOf({ name, subject, payload }: EventLike): Told | undefined {
  const read = (key: string): string => {
    const value: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, key) : undefined
    return typeof value === 'string' ? value : ''
  }
  if (name === 'monitoring.incident.opened') {
    const about = { kind: 'incident', id: subject }
    return { kind: 'incident', about, sentence: `An incident was opened on ${read('monitor') || subject}` }
  }
  if (name === 'governance.approval.requested') {
    return { kind: 'approval', about: { kind: 'approval', id: subject }, sentence: 'An approval is asked for' }
  }
  if (name === 'model-serving.rollout.rolled-back') {
    const about = { kind: 'endpoint', id: read('endpoint') || subject }
    return {
      kind: 'rollback',
      about,
      sentence: `${about.id} was rolled back: ${read('reason') || 'a guardrail failed'}`,
    }
  }
  if (name === 'experiment-tracking.run.finished' && read('status') === 'failed') {
    return {
      kind: 'run-failed',
      about: { kind: 'run', id: subject },
      sentence: `Run ${read('name') || subject} failed`,
    }
  }
  return undefined
}

/** Tells everybody who wants to hear of it. The same event again tells nobody twice. */
export async function tellOfEvent(runtime: Runtime, event: StoredEvent): Promise<void> {
  const told = noticeOf(event)
  if (told === undefined) return
  const users = await storeOf(runtime.database.reader, event.workspace).wishes.wishing(told.kind)
  if (users.length === 0) return
  const notices = users.map((userId) => ({
    ...told,
    id: runtime.newId('ntf'),
    userId,
    eventKey: event.id,
    atMs: runtime.nowMs(),
  }))
  await runtime.database.write((tx) => storeOf(tx, event.workspace).notices.add(notices))
}
