import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import { serverPath } from './server-path.ts'

interface Workspace {
  name: string
  description: string
  artifactRoot: string | null
}

/** `millrace workspaces …` */
export const workspaceCommands: readonly Command[] = [
  command({
    path: ['workspaces', 'list'],
    summary: 'Lists the workspaces one has a part in',
    examples: ['millrace workspaces list'],
    run: async ({ api, show }) => {
      const { items } = await api.get<{ items: Workspace[] }>(serverPath('/workspaces'))
      show(items, items, [
        { title: 'Name', value: (row) => row.name },
        { title: 'Description', value: (row) => row.description },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['workspaces', 'create'],
    summary: 'Makes a workspace; whoever makes it administers it',
    usage: 'NAME',
    minimumArgs: 1,
    options: [{ name: 'description', describe: 'What it is for', value: 'TEXT' }],
    examples: ['millrace workspaces create fraud --description "Card fraud"'],
    run: async ({ api, args, text, print }) => {
      const input = { name: args[0], description: text('description') ?? '' }
      const made = await api.post<Workspace>(serverPath('/workspaces'), input)
      print(made, `Made ${made.name}. Use it with --workspace ${made.name}.`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['workspaces', 'rename'],
    summary: 'Gives an empty workspace another name',
    usage: 'NAME NEW-NAME',
    minimumArgs: 2,
    examples: ['millrace workspaces rename fraud card-fraud'],
    run: async ({ api, args, print }) => {
      const body = JSON.stringify({ newName: args[1] })
      const headers = { 'content-type': 'application/json' }
      await api.raw('PATCH', serverPath(`/workspaces/${encodeURIComponent(args[0] ?? '')}`), { body, headers })
      print({}, 'Renamed.')
      return exitCodes.ok
    },
  }),
  command({
    path: ['workspaces', 'delete'],
    summary: 'Deletes a workspace that is empty',
    usage: 'NAME',
    minimumArgs: 1,
    examples: ['millrace workspaces delete fraud'],
    run: async ({ api, args, print }) => {
      await api.delete(serverPath(`/workspaces/${encodeURIComponent(args[0] ?? '')}`))
      print({}, 'Deleted.')
      return exitCodes.ok
    },
  }),
]
