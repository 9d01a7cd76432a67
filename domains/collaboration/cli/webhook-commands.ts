import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import { at, showDeliveries } from './show.ts'

interface WebhookRow {
  id: string
  name: string
  url: string
  events: string[]
  format: string
  active: boolean
  signed: boolean
}

const list = command({
  path: ['webhooks', 'list'],
  summary: 'Lists webhooks, newest first',
  examples: ['millrace webhooks list'],
  run: async ({ api, show }) => {
    const { items } = await api.get<{ items: WebhookRow[] }>('/webhooks')
    show(items, items, [
      { title: 'Webhook', value: (row) => row.name },
      { title: 'Address', value: (row) => row.url },
      { title: 'Events', value: (row) => row.events.join(', ') },
      { title: 'Format', value: (row) => row.format },
      { title: 'Signed', value: (row) => (row.signed ? 'yes' : 'no') },
      { title: 'Active', value: (row) => (row.active ? 'yes' : 'no') },
      { title: 'Id', value: (row) => row.id },
    ])
    return exitCodes.ok
  },
})

const create = command({
  path: ['webhooks', 'create'],
  summary: 'Makes a webhook; a secret in WEBHOOK_SECRET signs what is sent',
  usage: 'NAME URL EVENT...',
  minimumArgs: 3,
  options: [
    { name: 'mlflow', kind: 'flag', describe: 'Speak as MLflow does; events are then model_version.created, …' },
  ],
  examples: [
    "WEBHOOK_SECRET=… millrace webhooks create ci https://ci.example/hook 'model-registry.*'",
    'millrace webhooks create ci https://ci.example/hook model_version.created --mlflow',
  ],
  run: async ({ api, args, env, flag, print }) => {
    const [name, url, ...events] = args
    const secret = env['WEBHOOK_SECRET']
    const format = flag('mlflow') ? 'mlflow' : 'millrace'
    const made = await api.post<WebhookRow>('/webhooks', {
      name,
      url,
      events,
      format,
      ...(secret === undefined ? {} : { secret }),
    })
    print(made, `${made.id} hears of ${made.events.join(', ')}. Try it: millrace webhooks test ${made.id}`)
    return exitCodes.ok
  },
})

const test = command({
  path: ['webhooks', 'test'],
  summary: 'Sends an example to a webhook and says what came of it',
  usage: 'WEBHOOK-ID',
  minimumArgs: 1,
  options: [{ name: 'event', describe: 'The event to send an example of', value: 'NAME' }],
  examples: ['millrace webhooks test whk_…'],
  run: async ({ api, args, text, print }) => {
    const event = text('event')
    const result = await api.post<{ success: boolean; status?: number; error?: string }>(
      `/webhooks/${at(args[0] ?? '')}/test`,
      event === undefined ? {} : { event },
    )
    print(result, result.success ? `It answered ${result.status ?? ''}.` : (result.error ?? 'It did not arrive.'))
    return result.success ? exitCodes.ok : exitCodes.no
  },
})

const deliveries = command({
  path: ['webhooks', 'deliveries'],
  summary: 'Lists what was sent to a webhook and what is still to be sent, newest first',
  usage: 'WEBHOOK-ID',
  minimumArgs: 1,
  examples: ['millrace webhooks deliveries whk_…'],
  run: (context) => showDeliveries(context, new URLSearchParams({ webhook: context.args[0] ?? '' })),
})

const remove = command({
  path: ['webhooks', 'delete'],
  summary: 'Deletes a webhook; what it was still to be told is dropped',
  usage: 'WEBHOOK-ID',
  minimumArgs: 1,
  examples: ['millrace webhooks delete whk_…'],
  run: async ({ api, args, print }) => {
    print(await api.delete(`/webhooks/${at(args[0] ?? '')}`), 'The webhook is gone.')
    return exitCodes.ok
  },
})

/** `millrace webhooks …`. */
export const webhookCommands: readonly Command[] = [list, create, test, deliveries, remove]
