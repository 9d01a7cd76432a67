import type { Command } from '@millrace/terminal'
import { command, decision, exitCodes, formatTime, listing } from '@millrace/terminal'

interface Release {
  id: string
  policy: string
  model: string
  state: string
  sentence: string
  trigger: { kind: string; reason: string | null }
  timeline: { atMs: number; state: string; sentence: string }[]
}

/** `millrace releases …`. */
export const commands: readonly Command[] = [
  listing<Release>({
    path: ['releases', 'list'],
    summary: 'Lists releases, newest first',
    url: '/releases',
    example: 'millrace releases list',
    columns: [
      { title: 'Release', value: (row) => row.id },
      { title: 'Model', value: (row) => row.model },
      { title: 'State', value: (row) => row.state },
      { title: 'Trigger', value: (row) => row.trigger.kind },
      { title: 'What happened', value: (row) => row.sentence },
    ],
  }),
  command({
    path: ['releases', 'show'],
    summary: 'Shows the story of a release',
    usage: 'RELEASE-ID',
    minimumArgs: 1,
    examples: ['millrace releases show rel_…'],
    run: async ({ api, args, show, say }) => {
      const release = await api.get<Release>(`/releases/${encodeURIComponent(args[0] ?? '')}`)
      say(`${release.model}: ${release.sentence}`)
      show(release, release.timeline, [
        { title: 'Time', value: (row) => formatTime(row.atMs) },
        { title: 'State', value: (row) => row.state },
        { title: 'What happened', value: (row) => row.sentence },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['releases', 'start'],
    summary: 'Starts a release by hand',
    usage: 'POLICY --reason TEXT',
    minimumArgs: 1,
    options: [{ name: 'reason', describe: 'Why; it is kept in the audit', value: 'TEXT' }],
    examples: ['millrace releases start flight-delay --reason "new carriers"'],
    run: async ({ api, args, text, print }) => {
      const release = await api.post<Release>('/releases', {
        policy: args[0],
        reason: text('reason') ?? 'started by hand',
      })
      print(release, `Release ${release.id} is ${release.state}.`)
      return exitCodes.ok
    },
  }),
  decision({
    path: ['releases', 'override'],
    summary: 'Lets a rejected release pass its gate, with a reason that stays on record',
    usage: 'RELEASE-ID',
    url: '/releases/{0}/override',
    reason: 'required',
    example: 'millrace releases override rel_… --reason "rehearsal of a rollback"',
    said: (answer) => `The release is ${String(answer['state'])}.`,
  }),
]
