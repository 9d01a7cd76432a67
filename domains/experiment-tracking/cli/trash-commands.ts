import type { AnswerOf } from '@millrace/contract'
import { Problem } from '@millrace/contract'
import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatCount, formatTime } from '@millrace/terminal'
import type { listTrash, putQuota, readUsage } from '../contract.ts'

type Page = AnswerOf<typeof listTrash>

const kinds: Readonly<Record<string, string>> = {
  run: 'runs',
  'logged-model': 'logged-models',
  experiment: 'experiments',
}

const kindOption = { name: 'kind', describe: 'run (default), logged-model or experiment', value: 'KIND' }
const childrenOption = { name: 'with-children', describe: 'Nested runs, too', kind: 'flag' as const }

/** `millrace trash …`, `millrace usage`, `millrace quota`. */
export const trashCommands: readonly Command[] = [
  command({
    path: ['trash', 'list'],
    summary: 'Lists what was deleted and can be restored, longest deleted first',
    options: [kindOption, { name: 'experiment', describe: 'Only this experiment', value: 'NAME' }],
    examples: ['millrace trash list', 'millrace trash list --kind experiment'],
    run: async ({ api, text, show }) => {
      const kind = kindOf(text('kind'))
      const items: Page['items'] = []
      let pageToken: string | undefined
      do {
        const page: Page = await api.get<Page>('/trash', {
          kind,
          experiment: text('experiment'),
          limit: 1000,
          pageToken,
        })
        items.push(...page.items)
        pageToken = page.nextPageToken
      } while (pageToken !== undefined)
      show(items, items, [
        { title: 'Kind', value: (row) => row.kind },
        { title: 'Id', value: (row) => row.id },
        { title: 'Name', value: (row) => row.name },
        { title: 'Experiment', value: (row) => row.experiment },
        { title: 'Deleted', value: (row) => formatTime(row.deletedAtMs) },
        { title: 'Files', value: (row) => formatCount(row.files), align: 'right' },
        { title: 'Size', value: (row) => formatBytes(row.sizeBytes), align: 'right' },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['trash', 'restore'],
    summary: 'Restores deleted runs or experiments',
    usage: 'ID...',
    minimumArgs: 1,
    options: [kindOption, childrenOption],
    examples: ['millrace trash restore 0af3…', 'millrace trash restore --kind experiment flight-delay'],
    run: async ({ api, args, text, flag, print }) => {
      const kind = kindOf(text('kind'))
      if (kind === 'logged-model') {
        throw new Problem(
          'client/bad-kind',
          400,
          'A deleted logged model cannot be restored. Its run may register it again.',
        )
      }
      const body = kind === 'run' ? { withChildren: flag('with-children') } : {}
      for (const id of args) await api.post(`/${kinds[kind]}/${encodeURIComponent(id)}/restore`, body)
      print({ restored: args }, `Restored ${args.join(', ')}.`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['trash', 'delete'],
    summary: 'Forgets things in the trash for good, with their files; there is no way back',
    usage: 'ID...',
    minimumArgs: 1,
    options: [kindOption, childrenOption],
    examples: ['millrace trash delete 0af3… --with-children'],
    run: async ({ api, args, text, flag, print }) => {
      const kind = kindOf(text('kind'))
      const query = kind === 'run' && flag('with-children') ? '?withChildren=true' : ''
      const forgotten = { files: 0, bytes: 0 }
      for (const id of args) {
        const path = `/trash/${kinds[kind]}/${encodeURIComponent(id)}${query}`
        const { files, bytes } = await api.delete<{ files: number; bytes: number }>(path)
        forgotten.files += files
        forgotten.bytes += bytes
      }
      const { files, bytes } = forgotten
      print(
        { forgotten: args, files, bytes },
        `Forgot ${args.join(', ')}: ${formatCount(files)} files, ${formatBytes(bytes)}.`,
      )
      return exitCodes.ok
    },
  }),
  command({
    path: ['usage'],
    summary: 'Says what the workspace holds, and of how much',
    examples: ['millrace usage', 'millrace usage --json'],
    run: async ({ api, print }) => {
      const usage = await api.get<AnswerOf<typeof readUsage>>('/usage')
      print(usage, usageText(usage))
      return exitCodes.ok
    },
  }),
  command({
    path: ['quota'],
    summary: 'Limits what the workspace may hold; a limit that is not named is taken away',
    options: [
      { name: 'artifact-bytes', describe: 'Bytes of artifacts', value: 'N' },
      { name: 'runs', describe: 'Runs, those in the trash included', value: 'N' },
      { name: 'points-per-day', describe: 'Points of metrics in a day of UTC', value: 'N' },
      { name: 'warn-at', describe: 'Share of a limit from which on usage warns; default 0.8', value: 'SHARE' },
    ],
    examples: ['millrace quota --runs 100000 --artifact-bytes 500000000000', 'millrace quota'],
    run: async ({ api, text, print }) => {
      const given = (name: string, key: string) => {
        const value = text(name)
        return value === undefined ? {} : { [key]: Number(value) }
      }
      const quota = await api.put<AnswerOf<typeof putQuota>>('/quota', {
        ...given('artifact-bytes', 'artifactBytes'),
        ...given('runs', 'runs'),
        ...given('points-per-day', 'pointsPerDay'),
        ...given('warn-at', 'warnAt'),
      })
      print(quota, limitsText(quota))
      return exitCodes.ok
    },
  }),
]

function kindOf(text = 'run'): string {
  if (Object.hasOwn(kinds, text)) return text
  throw new Problem('client/bad-kind', 400, `--kind is run, logged-model or experiment, not "${text}".`)
}

function usageText(usage: AnswerOf<typeof readUsage>): string {
  const { artifacts, runs, experiments, pointsToday, waitingBytes, quota, warnings } = usage
  return [
    `${formatBytes(artifacts.bytes)} in ${formatCount(artifacts.files)} files; ${formatBytes(waitingBytes)} are being freed`,
    `${formatCount(runs.active)} runs, ${formatCount(runs.deleted)} in the trash`,
    `${formatCount(experiments.active)} experiments, ${formatCount(experiments.deleted)} in the trash`,
    `${formatCount(pointsToday)} points of metrics today (UTC)`,
    limitsText(quota ?? { warnAt: 0.8 }),
    ...warnings.map(({ sentence }) => `Warning: ${sentence}`),
  ].join('\n')
}

function limitsText({ artifactBytes, runs, pointsPerDay }: AnswerOf<typeof putQuota>): string {
  const limits = [
    ...(artifactBytes === undefined ? [] : [`${formatBytes(artifactBytes)} of artifacts`]),
    ...(runs === undefined ? [] : [`${formatCount(runs)} runs`]),
    ...(pointsPerDay === undefined ? [] : [`${formatCount(pointsPerDay)} points a day`]),
  ]
  return limits.length === 0 ? 'No limits.' : `At most ${limits.join(', ')}.`
}
