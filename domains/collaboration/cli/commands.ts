import type { Command, CommandContext } from '@millrace/terminal'
import { command, exitCodes, formatTime } from '@millrace/terminal'
import { webhookCommands } from './webhook-commands.ts'
import { at, showDeliveries } from './show.ts'

interface ChannelRow {
  name: string
  kind: string
  target: string
  signed: boolean
  updatedAtMs: number
}

interface RuleRow {
  name: string
  spec: {
    on: string[]
    channels: string[]
    filter: { experiment?: string; runId?: string; tags: Record<string, string> }
    stalledAfterMinutes: number
    active: boolean
  }
}

const channels = command({
  path: ['notify', 'channels'],
  summary: 'Lists where notifications may go',
  examples: ['millrace notify channels'],
  run: async ({ api, show }) => {
    const { items } = await api.get<{ items: ChannelRow[] }>('/notification-channels')
    show(items, items, [
      { title: 'Channel', value: (row) => row.name },
      { title: 'Kind', value: (row) => row.kind },
      { title: 'To', value: (row) => row.target },
      { title: 'Signed', value: (row) => (row.signed ? 'yes' : '') },
      { title: 'Changed', value: (row) => formatTime(row.updatedAtMs) },
    ])
    return exitCodes.ok
  },
})

const email = command({
  path: ['notify', 'email'],
  summary: 'Makes or changes a channel that sends mail',
  usage: 'CHANNEL ADDRESS...',
  minimumArgs: 2,
  options: [{ name: 'prefix', describe: 'What subjects begin with', value: 'TEXT' }],
  examples: [
    'millrace notify email team ann@example.org ben@example.org',
    'millrace notify email me me@example.org --prefix "[ml] "',
  ],
  run: (context) => {
    const [name = '', ...to] = context.args
    return putChannel(context, name, { kind: 'email', to, subjectPrefix: context.text('prefix') ?? '' })
  },
})

const slack = command({
  path: ['notify', 'slack'],
  summary:
    'Makes or changes a channel that posts to Slack; the address of the incoming webhook comes from SLACK_URL or --url',
  usage: 'CHANNEL',
  minimumArgs: 1,
  options: [{ name: 'url', describe: 'Address of the incoming webhook', value: 'URL' }],
  examples: ['SLACK_URL=https://hooks.slack.com/services/… millrace notify slack team'],
  run: (context) =>
    putChannel(context, context.args[0] ?? '', {
      kind: 'slack',
      url: context.text('url') ?? context.env['SLACK_URL'] ?? '',
    }),
})

const webhook = command({
  path: ['notify', 'webhook'],
  summary: 'Makes or changes a channel that posts JSON to an address; a secret in WEBHOOK_SECRET signs it',
  usage: 'CHANNEL URL',
  minimumArgs: 2,
  examples: [
    'millrace notify webhook pager https://pager.example/hook',
    'WEBHOOK_SECRET=… millrace notify webhook pager https://pager.example/hook',
  ],
  run: (context) => {
    const [name = '', url = ''] = context.args
    const secret = context.env['WEBHOOK_SECRET']
    return putChannel(context, name, { kind: 'webhook', url, ...(secret === undefined ? {} : { secret }) })
  },
})

async function putChannel({ api, print }: CommandContext, name: string, spec: object): Promise<number> {
  const channel = await api.put<ChannelRow>(`/notification-channels/${at(name)}`, { spec })
  print(channel, `"${name}" goes to ${channel.target}. Try it: millrace notify test ${name}`)
  return exitCodes.ok
}

const when = command({
  path: ['notify', 'when'],
  summary: 'Makes or changes a rule: which events to tell of, to which channels',
  usage: 'RULE EVENT...',
  minimumArgs: 2,
  options: [
    { name: 'to', kind: 'list', describe: 'A channel; may be given again', value: 'CHANNEL' },
    { name: 'experiment', describe: 'Only runs of this experiment', value: 'NAME' },
    { name: 'run', describe: 'Only this run', value: 'ID' },
    { name: 'tag', kind: 'list', describe: 'Only runs with this tag; may be given again', value: 'KEY=VALUE' },
    { name: 'stalled-after', describe: 'Minutes without a logged point; default 30', value: 'MINUTES' },
  ],
  examples: [
    'millrace notify when my-runs run.finished run.failed --to me --tag owner=ann',
    'millrace notify when stuck run.stalled --stalled-after 15 --experiment flight-delay --to team',
    "millrace notify when alerts 'monitoring.alert.*' governance.approval.requested --to pager",
  ],
  run: async ({ api, args, list, text, print }) => {
    const [name = '', ...on] = args
    const tags = Object.fromEntries(
      list('tag').map((pair) => {
        const [key = '', ...value] = pair.split('=')
        return [key, value.join('=')]
      }),
    )
    const [experiment, runId, stalledAfter] = [text('experiment'), text('run'), text('stalled-after')]
    const filter = {
      tags,
      ...(experiment === undefined ? {} : { experiment }),
      ...(runId === undefined ? {} : { runId }),
    }
    const minutes = stalledAfter === undefined ? {} : { stalledAfterMinutes: Number(stalledAfter) }
    const rule = await api.put(`/notification-rules/${at(name)}`, { on, channels: list('to'), filter, ...minutes })
    print(rule, `"${name}" tells ${list('to').join(', ')} of ${on.join(', ')}.`)
    return exitCodes.ok
  },
})

const rules = command({
  path: ['notify', 'rules'],
  summary: 'Lists what is told to whom',
  examples: ['millrace notify rules'],
  run: async ({ api, show }) => {
    const { items } = await api.get<{ items: RuleRow[] }>('/notification-rules')
    show(items, items, [
      { title: 'Rule', value: (row) => row.name },
      { title: 'Of', value: (row) => row.spec.on.join(', ') },
      { title: 'To', value: (row) => row.spec.channels.join(', ') },
      { title: 'Only', value: (row) => filterText(row.spec.filter) },
      { title: 'Active', value: (row) => (row.spec.active ? 'yes' : 'no') },
    ])
    return exitCodes.ok
  },
})

function filterText({ experiment, runId, tags }: RuleRow['spec']['filter']): string {
  const parts = Object.entries(tags).map(([key, value]) => `${key}=${value}`)
  if (experiment !== undefined) parts.unshift(`experiment ${experiment}`)
  if (runId !== undefined) parts.unshift(`run ${runId}`)
  return parts.join(', ')
}

const test = command({
  path: ['notify', 'test'],
  summary: 'Sends an example to a channel and says what came of it',
  usage: 'CHANNEL',
  minimumArgs: 1,
  examples: ['millrace notify test team'],
  run: async ({ api, args, print }) => {
    const path = `/notification-channels/${at(args[0] ?? '')}/test`
    const result = await api.post<{ success: boolean; status?: number; error?: string }>(path, {})
    print(result, result.success ? 'It arrived.' : (result.error ?? 'It did not arrive.'))
    return result.success ? exitCodes.ok : exitCodes.no
  },
})

const deliveries = command({
  path: ['notify', 'deliveries'],
  summary: 'Lists what was sent and what is still to be sent, newest first',
  options: [
    { name: 'channel', describe: 'To this channel only', value: 'NAME' },
    { name: 'state', describe: 'pending, delivered or failed', value: 'STATE' },
  ],
  examples: ['millrace notify deliveries', 'millrace notify deliveries --channel team --state failed'],
  run: async (context) => {
    const query = new URLSearchParams()
    for (const name of ['channel', 'state']) {
      const value = context.text(name)
      if (value !== undefined) query.set(name, value)
    }
    return showDeliveries(context, query)
  },
})

const remove = command({
  path: ['notify', 'remove'],
  summary: 'Deletes a rule, or with --channel a channel that no rule sends to',
  usage: 'NAME',
  minimumArgs: 1,
  options: [{ name: 'channel', kind: 'flag', describe: 'It is a channel' }],
  examples: ['millrace notify remove my-runs', 'millrace notify remove team --channel'],
  run: async ({ api, args, flag, print }) => {
    const name = args[0] ?? ''
    const kind = flag('channel') ? 'notification-channels' : 'notification-rules'
    print(await api.delete(`/${kind}/${at(name)}`), `"${name}" is gone.`)
    return exitCodes.ok
  },
})

/** `millrace notify …` and `millrace webhooks …`. */
export const commands: readonly Command[] = [
  channels,
  email,
  slack,
  webhook,
  when,
  rules,
  test,
  deliveries,
  remove,
  ...webhookCommands,
]
