import type { Column, Command, CommandContext } from '@millrace/terminal'
import { command, decision, exitCodes, formatNumber, formatTime, listing } from '@millrace/terminal'
import { readJson } from './read-json.ts'

interface Reading {
  deploymentId: string
  version: number
  n: number
  mean: number | null
  improvement: number | null
  lower: number | null
  upper: number | null
  pValue: number | null
  chanceBest: number | null
  verdict: string | null
}

interface Experiment {
  id: string
  endpoint: string
  state: string
  spec: { metric: { kind: string; name?: string }; strategy: { kind: string } }
  arms: { deploymentId: string; version: number; role: string; weight: number }[]
  verdict: { conclusion: string; sentence: string; arms: Reading[] }
  startedAtMs: number
  reason: string | null
}

const metricOf = ({ spec }: Experiment) =>
  spec.metric.name === undefined ? spec.metric.kind : `${spec.metric.kind} "${spec.metric.name}"`

const shares = (experiment: Experiment) =>
  experiment.arms.map(({ version, weight }) => `v${version} ${formatNumber(weight)}%`).join(', ')

const readingColumns: Column<Reading>[] = [
  { title: 'Version', value: (row) => row.version, align: 'right' },
  { title: 'Seen', value: (row) => row.n, align: 'right' },
  { title: 'Mean', value: (row) => formatNumber(row.mean), align: 'right' },
  { title: 'Better by', value: (row) => formatNumber(row.improvement), align: 'right' },
  { title: 'From', value: (row) => formatNumber(row.lower), align: 'right' },
  { title: 'To', value: (row) => formatNumber(row.upper), align: 'right' },
  { title: 'p', value: (row) => formatNumber(row.pValue), align: 'right' },
  { title: 'Best with chance', value: (row) => formatNumber(row.chanceBest), align: 'right' },
  { title: 'Verdict', value: (row) => row.verdict },
]

/** `millrace experiments …`: versions side by side on an endpoint's traffic. */
export const experimentCommands: readonly Command[] = [
  listing<Experiment>({
    path: ['experiments', 'list'],
    summary: 'Lists the experiments of an endpoint, the newest first',
    usage: 'ENDPOINT',
    url: '/endpoints/{0}/experiments',
    example: 'millrace experiments list flight-delay',
    columns: [
      { title: 'Experiment', value: (row) => row.id },
      { title: 'State', value: (row) => row.state },
      { title: 'Metric', value: metricOf },
      { title: 'Traffic', value: shares },
      { title: 'Conclusion', value: (row) => row.verdict.conclusion },
      { title: 'Started', value: (row) => formatTime(row.startedAtMs) },
    ],
  }),
  command({
    path: ['experiments', 'show'],
    summary: 'Shows an experiment: what was seen of each version, with bounds that hold at every look',
    usage: 'EXPERIMENT-ID',
    minimumArgs: 1,
    examples: ['millrace experiments show abx_…', 'millrace experiments show abx_… --json'],
    run: async ({ api, args, show, say }) => {
      const experiment = await api.get<Experiment>(`/traffic-experiments/${encodeURIComponent(args[0] ?? '')}`)
      say(`${experiment.endpoint} by ${metricOf(experiment)}, ${experiment.state}: ${shares(experiment)}`)
      say(experiment.verdict.sentence)
      show(experiment, experiment.verdict.arms, readingColumns)
      return exitCodes.ok
    },
  }),
  command({
    path: ['experiments', 'start'],
    summary: 'Divides an endpoint’s traffic between its champion and other versions',
    usage: 'ENDPOINT (--variant VERSION-ID=PERCENT… | --spec FILE)',
    minimumArgs: 1,
    options: [
      { name: 'variant', describe: 'A version and its percent of the traffic; may be repeated', kind: 'list' },
      {
        name: 'metric',
        describe: 'accuracy, log_loss, error_rate, or the name of a feedback value; default reward',
        value: 'METRIC',
      },
      { name: 'strategy', describe: 'fixed, epsilon-greedy or thompson; default fixed', value: 'STRATEGY' },
      { name: 'sticky', describe: 'A header that keeps its sender with one version', value: 'HEADER' },
      { name: 'promote', describe: 'A winner becomes the champion by itself', kind: 'flag' },
      { name: 'spec', describe: 'A JSON file with everything an experiment can be told', value: 'FILE' },
      { name: 'reason', describe: 'Why; it is kept in the audit', value: 'TEXT' },
    ],
    examples: [
      'millrace experiments start flight-delay --variant ver_…=50 --metric booked --sticky x-customer',
      'millrace experiments start flight-delay --variant ver_…=20 --variant ver_…=20 --strategy thompson',
      'millrace experiments start flight-delay --spec experiment.json',
    ],
    run: async (context) => {
      const { api, args, text, print, say } = context
      const path = text('spec')
      const spec = path === undefined ? specOf(context) : await readJson(path)
      if (typeof spec !== 'object' || spec === null) {
        say('This needs --variant VERSION-ID=PERCENT, or --spec FILE.')
        return exitCodes.usage
      }
      const reason = text('reason')
      const body = { ...spec, ...(reason === undefined ? {} : { reason }) }
      const url = `/endpoints/${encodeURIComponent(args[0] ?? '')}/experiments`
      const experiment = await api.post<Experiment>(url, body)
      print(experiment, `Experiment ${experiment.id} is under way: ${shares(experiment)}.`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['experiments', 'conclude'],
    summary: 'Ends an experiment with one of its versions as the champion',
    usage: 'EXPERIMENT-ID',
    minimumArgs: 1,
    options: [
      { name: 'version', describe: 'Which; default: the winner of the verdict', value: 'VERSION-ID' },
      { name: 'plan', describe: 'A JSON file with a rollout’s plan: it comes step by step', value: 'FILE' },
      { name: 'reason', describe: 'Why; it is kept in the audit', value: 'TEXT' },
    ],
    examples: [
      'millrace experiments conclude abx_…',
      'millrace experiments conclude abx_… --version ver_… --reason "cheaper to run"',
    ],
    run: async ({ api, args, text, print }) => {
      const [versionId, path, reason] = [text('version'), text('plan'), text('reason')]
      const body = {
        ...(versionId === undefined ? {} : { versionId }),
        ...(path === undefined ? {} : { plan: await readJson(path) }),
        ...(reason === undefined ? {} : { reason }),
      }
      const url = `/traffic-experiments/${encodeURIComponent(args[0] ?? '')}/conclude`
      const experiment = await api.post<Experiment>(url, body)
      print(experiment, `The experiment is ${experiment.state}.`)
      return exitCodes.ok
    },
  }),
  decision({
    path: ['experiments', 'stop'],
    summary: 'Gives all traffic back to the champion now',
    usage: 'EXPERIMENT-ID',
    url: '/traffic-experiments/{0}/stop',
    reason: 'optional',
    example: 'millrace experiments stop abx_… --reason "the season is over"',
    said: (answer) => `The experiment is ${String(answer['state'])}.`,
  }),
]

function specOf({ list, text, flag }: CommandContext): object | undefined {
  const variants = list('variant').map((pair) => {
    const [versionId, weight] = pair.split('=')
    return { versionId, weight: Number(weight) }
  })
  if (variants.length === 0) return undefined
  const [strategy, sticky] = [text('strategy'), text('sticky')]
  return {
    variants,
    metric: metricNamed(text('metric') ?? 'reward'),
    ...(strategy === undefined ? {} : { strategy: { kind: strategy } }),
    ...(sticky === undefined ? {} : { sticky: { by: 'header', name: sticky } }),
    ...(flag('promote') ? { onWinner: 'promote' } : {}),
  }
}

function metricNamed(metric: string): object {
  if (['accuracy', 'log_loss', 'error_rate'].includes(metric)) return { kind: metric }
  return { kind: 'feedback', name: metric }
}
