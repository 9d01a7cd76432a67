import type { Chore, Domain, Runtime, Scope } from '@millrace/kernel'
import { deleteChannel, listChannels, readChannel } from './actions/channels.ts'
import { deleteRule, listRules, putRule, readRule } from './actions/rules.ts'
import { deleteWebhook, listDeliveries, listWebhooks, readWebhook } from './actions/webhooks.ts'
import type { WebhookFormatName } from './contract.ts'
import * as contract from './contract.ts'
import { routes } from './http/routes.ts'
import type { ComposeDeps, RunSource } from './jobs/compose-deliveries.ts'
import { anybodyListens, composeDeliveries } from './jobs/compose-deliveries.ts'
import { DeliveryWorker } from './jobs/delivery-worker.ts'
import { createMessenger } from './jobs/messenger.ts'
import { tellOfStalledRuns } from './jobs/stalled-runs.ts'
import type { WebhookFormat } from './jobs/webhook-format.ts'
import { anybodyWishes, noticeOf, tellOfEvent } from './jobs/tell-of-event.ts'
import { millraceFormat } from './jobs/webhook-format.ts'
import { forgetEnded } from './store/due-deliveries.ts'
import * as createCollaborationTables from './store/migrations/0001-create-collaboration.ts'
import * as addTalk from './store/migrations/0002-add-talk.ts'
import { addComment, deleteComment, editComment, listComments } from './talk/actions/comments.ts'
import { listNotifications, putWishes, readNotifications, readWishes } from './talk/actions/notifications.ts'
import { deleteView, listViews, putView } from './talk/actions/views.ts'

export { deleteChannel, listChannels, readChannel } from './actions/channels.ts'
export { deleteRule, listRules, putRule, readRule } from './actions/rules.ts'
export { deleteWebhook, listDeliveries, listWebhooks, readWebhook } from './actions/webhooks.ts'
export { putChannel, testChannel } from './http/channels.ts'
export { createWebhook, testWebhook, updateWebhook } from './http/webhooks.ts'
export { notifier } from './jobs/compose-deliveries.ts'
export type { RunSource } from './jobs/compose-deliveries.ts'
export type { RenderedEvent, WebhookFormat } from './jobs/webhook-format.ts'
export type { RunFacts } from './model/notification.ts'

export interface CollaborationOptions {
  /** Webhook formats of other systems, by name; a dialect brings its own. */
  readonly formats?: Readonly<Partial<Record<WebhookFormatName, WebhookFormat>>>
  /** Where rules about runs learn of them; without it such rules find none. */
  readonly runs?: RunSource
}

/** Collaboration's manifest, with what tests and drain wait for. */
export interface Collaboration extends Domain {
  /** Resolves when nothing is due to be sent. */
  delivered(): Promise<void>
}

const keptMs = 30 * 24 * 3_600_000
const noRuns: RunSource = { facts: async () => undefined, quietSince: async () => [] }

/** Collaboration: what do people hear about it. Webhooks and notifications, delivered at least once, with a record. */
export function createCollaboration(runtime: Runtime, options: CollaborationOptions = {}): Collaboration {
  const formats: Readonly<Record<string, WebhookFormat>> = { millrace: millraceFormat, ...options.formats }
  const formatOf = (name: string) => formats[name] ?? millraceFormat
  const deps = { runtime, formats, runs: options.runs ?? noRuns }
  const worker = new DeliveryWorker({ runtime, formats, messenger: createMessenger(runtime) })
  return {
    name: 'collaboration',
    migrations: { '0001-create-collaboration': createCollaborationTables, '0002-add-talk': addTalk },
    operations: [
      readWebhook,
      listWebhooks,
      deleteWebhook,
      readChannel,
      listChannels,
      deleteChannel,
      putRule,
      readRule,
      listRules,
      deleteRule,
      listDeliveries,
      ...talk,
    ],
    listens: [
      {
        name: 'tell',
        eventName: '*',
        wants: (scope: Scope) => anybodyListens(scope),
        handle: (event) => composeDeliveries(deps, event).then(() => worker.wake()),
      },
      tellInside(runtime),
    ],
    chores: choresOf(deps, worker),
    resources: [
      { kind: 'webhook', parent: async () => undefined },
      { kind: 'comment', parent: async () => undefined },
    ],
    sealed:
      runtime.config.webhookSecretKey === undefined
        ? [
            { table: 'collaboration_webhook', column: 'sealed_secret', key: ['id'] },
            { table: 'collaboration_channel', column: 'sealed_spec', key: ['workspace', 'name'] },
          ]
        : [],
    documented: [
      contract.createWebhook,
      contract.updateWebhook,
      contract.testWebhook,
      contract.putChannel,
      contract.testChannel,
    ],
    routes: (app) => routes(app, runtime, formatOf),
    start: () => worker.start(),
    stop: () => worker.stop(),
    delivered: () => worker.idle(),
  }
}

/** Tells accounts inside the product what they chose to hear of. */
const tellInside = (runtime: Runtime): NonNullable<Domain['listens']>[number] => ({
  name: 'tell-inside',
  eventName: '*',
  wants: async (scope, event) => noticeOf(event) !== undefined && anybodyWishes(scope),
  handle: (event) => tellOfEvent(runtime, event),
})

/** What people say to each other, what they are told inside the product, and the views they share. */
const talk = [
  addComment,
  editComment,
  deleteComment,
  listComments,
  listNotifications,
  readNotifications,
  readWishes,
  putWishes,
  putView,
  listViews,
  deleteView,
]

function choresOf(deps: ComposeDeps, worker: DeliveryWorker): Chore[] {
  const { database, nowMs } = deps.runtime
  return [
    {
      name: 'collaboration.stalled-runs',
      everyMs: 30_000,
      run: () => tellOfStalledRuns(deps).then(() => worker.wake()),
    },
    {
      name: 'collaboration.forget-deliveries',
      everyMs: 3_600_000,
      run: () => forgetEnded(database, nowMs() - keptMs),
    },
  ]
}
