import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import { grantCommands } from './grant-commands.ts'
import { secretCommands } from './secret-commands.ts'
import { tokenCommands } from './token-commands.ts'
import { userCommands } from './user-commands.ts'
import { workspaceCommands } from './workspace-commands.ts'

/** `millrace whoami`, `users …`, `tokens …`, `grants …`, `workspaces …`, `secrets …`. */
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
  ...userCommands,
  ...tokenCommands,
  ...grantCommands,
  ...workspaceCommands,
  ...secretCommands,
]
