import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'

interface Token {
  id: string
  name: string
  scopes: string[] | null
  lastUsedAtMs: number | null
  expiresAtMs: number | null
  revokedAtMs: number | null
}

const dateOf = (atMs: number | null) =>
  atMs === null ? '' : new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')

/** `millrace tokens …` */
export const tokenCommands: readonly Command[] = [
  command({
    path: ['tokens', 'create'],
    summary: 'Makes a token, one’s own or (administrators) another’s; it is shown once',
    usage: '[USER] --name NAME',
    options: [
      { name: 'name', describe: 'What the token is for', value: 'NAME' },
      {
        name: 'scope',
        describe: 'Limits it: datasets:write, *:read, read …; may be repeated',
        kind: 'list',
        value: 'SCOPE',
      },
      { name: 'days', describe: 'How many days it lasts; for ever when left out', value: 'N' },
    ],
    examples: [
      'millrace tokens create --name laptop --days 90',
      'millrace tokens create maya --name laptop --scope experiment-tracking:write --scope read',
      'export MILLRACE_TOKEN=$(millrace tokens create maya --name ci --json | jq -r .token)',
    ],
    run: async ({ api, args, text, list, print }) => {
      const [user] = args
      const days = text('days')
      const made = await api.post<{ id: string; token: string }>(user === undefined ? '/me/tokens' : '/tokens', {
        ...(user === undefined ? {} : { user }),
        name: text('name') ?? 'command line',
        ...(list('scope').length === 0 ? {} : { scopes: list('scope') }),
        ...(days === undefined ? {} : { expiresAtMs: Date.now() + Number(days) * 86_400_000 }),
      })
      print(
        made,
        `${made.token}\nKeep it now: it is not shown again. Revoke it with "millrace tokens revoke ${made.id}".`,
      )
      return exitCodes.ok
    },
  }),
  command({
    path: ['tokens', 'list'],
    summary: 'Lists one’s own tokens, or (administrators) everybody’s with --all',
    options: [{ name: 'all', describe: 'Those of every account of the workspace', kind: 'flag' }],
    examples: ['millrace tokens list', 'millrace tokens list --all --json'],
    run: async ({ api, flag, show }) => {
      const { items } = await api.get<{ items: Token[] }>(flag('all') ? '/tokens' : '/me/tokens')
      show(items, items, [
        { title: 'Name', value: (row) => row.name },
        { title: 'Scopes', value: (row) => row.scopes?.join(', ') ?? 'all' },
        { title: 'Last used', value: (row) => dateOf(row.lastUsedAtMs) },
        { title: 'Expires', value: (row) => dateOf(row.expiresAtMs) },
        { title: 'State', value: (row) => (row.revokedAtMs === null ? 'active' : 'revoked') },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['tokens', 'revoke'],
    summary: 'Revokes a token at once',
    usage: 'ID',
    minimumArgs: 1,
    examples: ['millrace tokens revoke tok_…'],
    run: async ({ api, args, print }) => {
      await api.delete(`/tokens/${encodeURIComponent(args[0] ?? '')}`)
      print({}, 'Revoked.')
      return exitCodes.ok
    },
  }),
]
