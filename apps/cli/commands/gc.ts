import type { AnswerOf } from '@millrace/contract'
import { Problem } from '@millrace/contract'
import type { collectGarbage } from '@millrace/datasets/contract'
import type { collectTrash } from '@millrace/experiment-tracking/contract'
import type { ApiClient } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatCount } from '@millrace/terminal'

type Page = AnswerOf<typeof collectTrash>
type Data = AnswerOf<typeof collectGarbage>

interface Wish {
  readonly olderThanMs: number
  readonly graceMs: number
  readonly experiments?: readonly string[]
}

/** `millrace gc`: what `mlflow gc` is for a store of MLflow's, and the data of deleted versions. */
export const gc = command({
  path: ['gc'],
  summary: 'Frees what was deleted long ago: runs, models, experiments with their artifacts, and unused data',
  options: [
    { name: 'dry-run', describe: 'Only show what would be freed', kind: 'flag' },
    { name: 'older-than', describe: 'Deleted at least so long ago (12h, 30d); default 30d', value: 'TIME' },
    { name: 'grace', describe: 'Spare what was uploaded within this time; default 1d', value: 'TIME' },
    {
      name: 'experiments',
      describe: 'Only of these experiments, and no data; may be repeated',
      kind: 'list',
      value: 'NAME',
    },
  ],
  examples: ['millrace gc --dry-run', 'millrace gc', 'millrace gc --older-than 0d --grace 0m --experiments scratch'],
  run: async ({ api, flag, text, list, json, say, print }) => {
    const experiments = list('experiments')
    const wish: Wish = {
      olderThanMs: durationOf('--older-than', text('older-than') ?? '30d'),
      graceMs: durationOf('--grace', text('grace') ?? '1d'),
      ...(experiments.length === 0 ? {} : { experiments }),
    }
    const planned = await collect(api, wish, true)
    if (flag('dry-run')) {
      print(planned, `Would free:\n${table(planned)}`)
      return exitCodes.ok
    }
    if (!json) say(`Frees:\n${table(planned)}`)
    const freed = await collect(api, wish, false)
    print(freed, `Freed:\n${table(freed)}`)
    return exitCodes.ok
  },
})

type Collected = Omit<Page, 'nextPageToken'> & { data: Data | null }

/** Asks page by page, so that no request takes long and breaking off loses nothing. */
async function collect(api: ApiClient, wish: Wish, dryRun: boolean): Promise<Collected> {
  const sum = {
    dryRun,
    runs: 0,
    loggedModels: 0,
    experiments: 0,
    files: 0,
    bytes: 0,
    held: [] as Page['held'],
    young: 0,
  }
  let pageToken: string | undefined
  do {
    const page: Page = await api.post<Page>('/garbage', {
      ...wish,
      dryRun,
      ...(pageToken === undefined ? {} : { pageToken }),
    })
    sum.runs += page.runs
    sum.loggedModels += page.loggedModels
    sum.experiments += page.experiments
    sum.files += page.files
    sum.bytes += page.bytes
    sum.held.push(...page.held)
    sum.young += page.young
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  if (wish.experiments !== undefined) return { ...sum, data: null }
  // Data uploaded within a minute is always spared.
  const graceMs = Math.max(wish.graceMs, 60_000)
  return { ...sum, data: await api.post<Data>('/dataset-garbage', { dryRun, graceMs }) }
}

function table({ runs, loggedModels, experiments, files, bytes, held, young, data }: Collected): string {
  const lines = [
    `  ${formatCount(runs)} runs, ${formatCount(loggedModels)} logged models, ${formatCount(experiments)} experiments`,
    `  ${formatBytes(bytes)} of artifacts in ${formatCount(files)} files`,
  ]
  if (data !== null)
    lines.push(
      `  ${formatBytes(data.freedBytes)} of data (${formatCount(data.chunks)} chunks, ${formatCount(data.files)} files)`,
    )
  if (young > 0) lines.push(`  ${formatCount(young)} stay for now: files came to them within the grace period`)
  if (held.length > 0) lines.push(`  ${formatCount(held.length)} stay, because something stands on them:`)
  lines.push(...held.slice(0, 10).map(({ reason }) => `    ${reason}`))
  return lines.join('\n')
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function durationOf(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d+)(m|h|d)$/.exec(text) ?? []
  if (count === undefined) throw new Problem('client/bad-time', 400, `${option} needs a time such as 30m, 12h or 2d.`)
  return Number(count) * (unitMs[unit] ?? 0)
}
