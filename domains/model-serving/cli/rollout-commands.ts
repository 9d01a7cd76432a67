import type { Command } from '@millrace/terminal'
import { command, decision, exitCodes, formatNumber, formatTime, listing } from '@millrace/terminal'
import { readJson } from './read-json.ts'

interface Rollout {
  id: string
  version: number
  state: string
  paused: boolean
  step: number
  plan: { steps: { weight: number }[] }
  progress: { predictions: number; labels: number }
  verdicts: {
    guardrail: string
    verdict: string
    champion: number | null
    canary: number | null
    difference: number | null
    lower: number | null
    upper: number | null
    limit: number
    n: number
  }[]
  reason: string | null
  startedAtMs: number
}

const stepOf = ({ step, plan }: Rollout) =>
  step < 0 ? 'shadow' : `${step + 1} of ${plan.steps.length}, ${plan.steps[step]?.weight ?? 0}%`

const acts = {
  promote: 'Makes the canary the champion now',
  'roll-back': 'Gives all traffic back to the champion now',
  pause: 'Holds a rollout at its step',
  resume: 'Lets a held rollout go on',
} as const

/** `millrace rollouts …`: a version's way to the traffic. */
export const rolloutCommands: readonly Command[] = [
  listing<Rollout>({
    path: ['rollouts', 'list'],
    summary: 'Lists the rollouts of an endpoint, the newest first',
    usage: 'ENDPOINT',
    url: '/endpoints/{0}/rollouts',
    example: 'millrace rollouts list flight-delay',
    columns: [
      { title: 'Rollout', value: (row) => row.id },
      { title: 'Version', value: (row) => row.version, align: 'right' },
      { title: 'State', value: (row) => (row.paused ? `${row.state}, paused` : row.state) },
      { title: 'Step', value: stepOf },
      { title: 'Started', value: (row) => formatTime(row.startedAtMs) },
      { title: 'Reason', value: (row) => row.reason },
    ],
  }),
  command({
    path: ['rollouts', 'show'],
    summary: 'Shows a rollout: its step, what it has seen, and each guardrail with its bounds',
    usage: 'ROLLOUT-ID',
    minimumArgs: 1,
    examples: ['millrace rollouts show rol_…', 'millrace rollouts show rol_… --json'],
    run: async ({ api, args, show, say }) => {
      const rollout = await api.get<Rollout>(`/rollouts/${encodeURIComponent(args[0] ?? '')}`)
      const { version, state, paused, progress, reason } = rollout
      say(`Version ${version}: ${state}${paused ? ', paused' : ''}, step ${stepOf(rollout)}.`)
      say(`Seen in this step: ${progress.predictions} predictions, ${progress.labels} of them with ground truth.`)
      if (reason !== null) say(reason)
      show(rollout, rollout.verdicts, [
        { title: 'Guardrail', value: (row) => row.guardrail },
        { title: 'Champion', value: (row) => formatNumber(row.champion), align: 'right' },
        { title: 'Canary', value: (row) => formatNumber(row.canary), align: 'right' },
        { title: 'Worse by', value: (row) => formatNumber(row.difference), align: 'right' },
        { title: 'From', value: (row) => formatNumber(row.lower), align: 'right' },
        { title: 'To', value: (row) => formatNumber(row.upper), align: 'right' },
        { title: 'Limit', value: (row) => formatNumber(row.limit), align: 'right' },
        { title: 'Samples', value: (row) => row.n, align: 'right' },
        { title: 'Verdict', value: (row) => row.verdict },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['rollouts', 'start'],
    summary: 'Starts to move traffic to a version, step by step',
    usage: 'ENDPOINT VERSION-ID (--steps PERCENT,… | --plan FILE)',
    minimumArgs: 2,
    options: [
      { name: 'steps', describe: 'Percent of the traffic, step by step: 10,50', value: 'PERCENT,…' },
      { name: 'min-predictions', describe: 'Rows that each step of --steps waits for; default 200', value: 'N' },
      {
        name: 'plan',
        describe: 'A JSON file with the whole plan: steps, guardrails, shadow, time limits',
        value: 'FILE',
      },
      { name: 'reason', describe: 'Why; it is kept in the audit', value: 'TEXT' },
    ],
    examples: [
      'millrace rollouts start flight-delay ver_… --steps 10,50',
      'millrace rollouts start flight-delay ver_… --plan plan.json --reason "more data"',
    ],
    run: async ({ api, args, text, print, say }) => {
      const plan = await planOf(text('plan'), text('steps'), text('min-predictions'))
      if (plan === undefined) {
        say('This needs --steps 10,50 or --plan FILE.')
        return exitCodes.usage
      }
      const reason = text('reason')
      const body = { versionId: args[1], plan, ...(reason === undefined ? {} : { reason }) }
      const rollout = await api.post<Rollout>(`/endpoints/${encodeURIComponent(args[0] ?? '')}/rollouts`, body)
      print(rollout, `Rollout ${rollout.id} of version ${rollout.version}: ${rollout.state}, step ${stepOf(rollout)}.`)
      return exitCodes.ok
    },
  }),
  ...(['promote', 'roll-back', 'pause', 'resume'] as const).map((act) =>
    decision({
      path: ['rollouts', act],
      summary: acts[act],
      usage: 'ROLLOUT-ID',
      url: `/rollouts/{0}/${act}`,
      reason: 'optional',
      example: `millrace rollouts ${act} rol_… --reason "late labels look wrong"`,
      said: (answer) => `The rollout is ${String(answer['state'])}${answer['paused'] === true ? ', paused' : ''}.`,
    }),
  ),
]

/** Errors may rise by a point where `--steps` alone is given, as in the plan that endpoints have by default. */
async function planOf(path: string | undefined, steps: string | undefined, least: string | undefined) {
  if (path !== undefined) return readJson(path)
  if (steps === undefined) return undefined
  const minPredictions = Number(least ?? 200)
  return {
    steps: steps.split(',').map((weight) => ({ weight: Number(weight), minPredictions })),
    guardrails: [{ name: 'errors', metric: 'error_rate', limit: 0.01 }],
  }
}
