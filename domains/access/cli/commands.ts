import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'

interface User {
  id: string
  name: string
  roles: string[]
}

/** `millrace users …`, `millrace tokens …`, `millrace whoami`. */
export const commands: readonly Command[] = [
  command({
    path: ['whoami'],
    summary: 'Shows who the server takes you for',
    examples: ['millrace whoami', 'MILLRACE_TOKEN=mlr_… millrace whoami --json'],
    run: async ({ api, print }) => {
      const me = await api.get<{ actor: { name: string; kind: string }; roles: string[] }>('/me')
      print(me, `${me.actor.name} (${me.actor.kind}), ${me.roles.join(', ') || 'no roles'} in ${api.workspace}`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['users', 'list'],
    summary: 'Lists people and their roles',
    examples: ['millrace users list'],
    run: async ({ api, show }) => {
      const { items } = await api.get<{ items: User[] }>('/users')
      show(items, items, [
        { title: 'Name', value: (row) => row.name },
        { title: 'Roles', value: (row) => row.roles.join(', ') },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['users', 'add'],
    summary: 'Adds a person with roles: viewer, editor, approver, admin',
    usage: 'NAME --role ROLE',
    minimumArgs: 1,
    options: [{ name: 'role', describe: 'A role; may be repeated', kind: 'list', value: 'ROLE' }],
    examples: ['millrace users add maya --role editor', 'millrace users add jonas --role approver --role viewer'],
    run: async ({ api, args, list, print }) => {
      const user = await api.post<User>('/users', { name: args[0], roles: list('role') })
      print(user, `Added ${user.name} (${user.roles.join(', ')}).`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['tokens', 'create'],
    summary: 'Makes a token for a person; it is shown once',
    usage: 'USER --name NAME',
    minimumArgs: 1,
    options: [{ name: 'name', describe: 'What the token is for', value: 'NAME' }],
    examples: [
      'millrace tokens create maya --name laptop',
      'export MILLRACE_TOKEN=$(millrace tokens create maya --name ci --json | jq -r .token)',
    ],
    run: async ({ api, args, text, print }) => {
      const made = await api.post<{ id: string; token: string }>('/tokens', {
        user: args[0],
        name: text('name') ?? 'command line',
      })
      print(
        made,
        `${made.token}\nKeep it now: it is not shown again. Revoke it with "millrace tokens revoke ${made.id}".`,
      )
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
