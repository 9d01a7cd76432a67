import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'

interface Grant {
  id: string
  userId: string
  role: string
  on: { kind: string; id: string }
  effect: 'allow' | 'deny'
}

/** `millrace grants …` */
export const grantCommands: readonly Command[] = [
  command({
    path: ['grants', 'list'],
    summary: 'Lists who was given what in this workspace',
    options: [
      { name: 'user', describe: 'Of this account alone', value: 'NAME' },
      { name: 'on', describe: 'On this thing alone', value: 'KIND:ID' },
    ],
    examples: ['millrace grants list', 'millrace grants list --user maya', 'millrace grants list --on "experiment:#7"'],
    run: async ({ api, text, show }) => {
      const { kind, id } = thing(text('on'))
      const { items } = await api.get<{ items: Grant[] }>('/grants', { user: text('user'), kind, id })
      show(items, items, [
        { title: 'Account', value: (row) => row.userId },
        { title: 'Role', value: (row) => (row.effect === 'deny' ? `not ${row.role}` : row.role) },
        { title: 'On', value: (row) => `${row.on.kind}:${row.on.id}` },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['grants', 'give'],
    summary: 'Gives an account a role on a thing and all below it, or keeps it from it',
    usage: 'USER ROLE [--on KIND:ID] [--deny]',
    minimumArgs: 2,
    options: [
      {
        name: 'on',
        describe: 'The thing: experiment:NAME, model:NAME, endpoint:NAME …, KIND:* for all; default the workspace',
        value: 'KIND:ID',
      },
      { name: 'deny', describe: 'Keep it from what the role allows', kind: 'flag' },
    ],
    examples: [
      'millrace grants give maya editor --on experiment:churn',
      'millrace grants give maya editor --on "experiment:*"',
      'millrace grants give interns editor --on endpoint:pricing --deny',
    ],
    run: async ({ api, args, text, flag, print }) => {
      const [user, role] = args
      const { kind, id } = thing(text('on'))
      const on = kind === undefined || id === undefined ? {} : { on: { kind, id } }
      const grant = await api.post<Grant>('/grants', { user, role, ...on, effect: flag('deny') ? 'deny' : 'allow' })
      print(grant, `Done. Take it back with "millrace grants take ${grant.id}".`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['grants', 'take'],
    summary: 'Takes a grant back',
    usage: 'ID',
    minimumArgs: 1,
    examples: ['millrace grants take grant_…'],
    run: async ({ api, args, print }) => {
      await api.delete(`/grants/${encodeURIComponent(args[0] ?? '')}`)
      print({}, 'Taken back.')
      return exitCodes.ok
    },
  }),
]

/** `experiment:churn` → its kind and id; an id may hold colons. */
function thing(text: string | undefined): { kind?: string; id?: string } {
  if (text === undefined) return {}
  const at = text.indexOf(':')
  return at < 0 ? { kind: text } : { kind: text.slice(0, at), id: text.slice(at + 1) }
}
