import type { Runtime, Scope, StoredEvent } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { statement } from '@millrace/kernel/db'
import { isWanted } from '../model/event-names.ts'
import type { Message, Rule, RunFacts } from '../model/notification.ts'
import { letsThrough, messageOfRun } from '../model/notification.ts'
import { storeOf } from '../store/collaboration.ts'
import type { NewDelivery } from '../store/delivery-rows.ts'
import type { WebhookFormat } from './webhook-format.ts'

/** What collaboration asks of whoever owns runs. */
export interface RunSource {
  /** A run; undefined when there is none. */
  facts(workspace: string, id: string): Promise<RunFacts | undefined>
  /** Running runs that were last heard of before a time. */
  quietSince(workspace: string, beforeMs: number): Promise<readonly RunFacts[]>
}

export interface ComposeDeps {
  readonly runtime: Runtime
  readonly formats: Readonly<Record<string, WebhookFormat>>
  readonly runs: RunSource
}

/** The actor in whose name runs are looked up for rules. */
export const notifier = systemActor('notifications')

const runEnded = 'experiment-tracking.run.finished'

const listening = statement<[string, string], { one: number }>(
  `select 1 as one where exists (select 1 from collaboration_webhook where workspace = ? and active = 1)
    or exists (select 1 from collaboration_rule where workspace = ?)`,
)

/** Whether anybody in the scope's workspace is to hear of anything; asked for every event, so it is one small read. */
export async function anybodyListens(scope: Scope): Promise<boolean> {
  return (await listening(scope, scope.workspace, scope.workspace)).length > 0
}

/** Turns an event into deliveries to webhooks and channels. The same event again adds nothing. */
export async function composeDeliveries(deps: ComposeDeps, event: StoredEvent): Promise<void> {
  const { runtime } = deps
  const store = storeOf(runtime.database.reader, event.workspace)
  const [webhooks, rules] = [await store.webhooks.active(), await store.rules.all()]
  const forWebhooks = webhooks.flatMap((webhook): NewDelivery[] => {
    const rendered = deps.formats[webhook.format]?.render(event, webhook.events) ?? []
    return rendered.map((one) => ({
      id: runtime.newId('dlv'),
      target: { kind: 'webhook', id: webhook.id },
      eventKey: `${event.id}${one.part}`,
      event: one.event,
      body: JSON.stringify(one.body),
      atMs: runtime.nowMs(),
    }))
  })
  const forChannels = await channelDeliveries(deps, event, rules)
  await saveDeliveries(runtime, event.workspace, [...forWebhooks, ...forChannels])
}

/** Saves deliveries in a transaction of their own. */
export async function saveDeliveries(
  runtime: Runtime,
  workspace: string,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  if (deliveries.length === 0) return
  await runtime.database.write((tx) => storeOf(tx, workspace).deliveries.add(deliveries))
}

/** One delivery of a message to each channel of a rule. */
export function messageDeliveries(
  runtime: Runtime,
  rule: Rule,
  told: { readonly key: string; readonly event: string; readonly message: Message },
): NewDelivery[] {
  return rule.spec.channels.map((channel) => ({
    id: runtime.newId('dlv'),
    target: { kind: 'channel', id: channel },
    // Two rules may send the same to one channel: once is enough.
    eventKey: told.key,
    event: told.event,
    body: JSON.stringify(told.message),
    atMs: runtime.nowMs(),
  }))
}

async function channelDeliveries(
  deps: ComposeDeps,
  event: StoredEvent,
  rules: readonly Rule[],
): Promise<NewDelivery[]> {
  const active = rules.filter(({ spec }) => spec.active)
  if (active.length === 0) return []
  const plain = active.filter(({ spec }) => isWanted(spec.on, event.name))
  const own = plain.flatMap((rule) =>
    messageDeliveries(deps.runtime, rule, { key: event.id, event: event.name, message: messageOf(event) }),
  )
  return [...own, ...(event.name === runEnded ? await runDeliveries(deps, event, active) : [])]
}

async function runDeliveries(deps: ComposeDeps, event: StoredEvent, rules: readonly Rule[]): Promise<NewDelivery[]> {
  const concerned = rules.filter(({ spec }) => spec.on.includes('run.finished') || spec.on.includes('run.failed'))
  const run = concerned.length === 0 ? undefined : await deps.runs.facts(event.workspace, event.subject)
  if (run === undefined) return []
  const status = statusOf(event.payload) ?? run.status
  const state = status === 'finished' ? 'finished' : 'failed'
  const message = messageOfRun({ ...run, status }, state)
  return concerned
    .filter(({ spec }) => spec.on.includes(`run.${state}`) && letsThrough(spec.filter, run))
    .flatMap((rule) =>
      messageDeliveries(deps.runtime, rule, { key: `${event.id}.run`, event: `run.${state}`, message }),
    )
}

function statusOf(payload: unknown): string | undefined {
  const has = typeof payload === 'object' && payload !== null && 'status' in payload
  return has && typeof payload.status === 'string' ? payload.status : undefined
}

function messageOf(event: StoredEvent): Message {
  return { title: `${event.name}: ${event.subject}`, text: JSON.stringify(event.payload).slice(0, 2000) }
}
