import { readFile } from 'node:fs/promises'
import { Problem } from '@millrace/contract'
import type { Command } from '@millrace/terminal'
import { command, decision, exitCodes, formatNumber, listing } from '@millrace/terminal'

interface Deployment {
  id: string
  version: number
  role: string
  weight: number
  state: string
}

interface Rollout {
  id: string
  state: string
  step: number
  plan: { steps: { weight: number }[] }
  verdicts: { guardrail: string; verdict: string; champion: number | null; canary: number | null; n: number }[]
  reason: string | null
}

interface Endpoint {
  name: string
  model: string
  deployments: Deployment[]
  rollout: Rollout | null
}

const traffic = (endpoint: Endpoint) =>
  endpoint.deployments
    .filter((deployment) => deployment.role !== 'retired')
    .map((deployment) => `v${deployment.version} ${deployment.role} ${deployment.weight}%`)
    .join(', ')

/** `millrace endpoints …`, `millrace predict`. */
export const commands: readonly Command[] = [
  listing<Endpoint>({
    path: ['endpoints', 'list'],
    summary: 'Lists endpoints with their traffic',
    url: '/endpoints',
    example: 'millrace endpoints list',
    columns: [
      { title: 'Endpoint', value: (row) => row.name },
      { title: 'Model', value: (row) => row.model },
      { title: 'Traffic', value: traffic },
      { title: 'Rollout', value: (row) => row.rollout?.state },
    ],
  }),
  command({
    path: ['endpoints', 'show'],
    summary: 'Shows an endpoint: traffic, canary, guardrails',
    usage: 'ENDPOINT',
    minimumArgs: 1,
    examples: ['millrace endpoints show flight-delay'],
    run: async ({ api, args, show, say }) => {
      const endpoint = await api.get<Endpoint>(`/endpoints/${encodeURIComponent(args[0] ?? '')}`)
      say(`${endpoint.name} answers with ${endpoint.model}: ${traffic(endpoint)}`)
      if (endpoint.rollout !== null)
        say(
          `Rollout ${endpoint.rollout.id}: ${endpoint.rollout.state}${endpoint.rollout.reason === null ? '' : `, ${endpoint.rollout.reason}`}`,
        )
      show(endpoint, endpoint.rollout?.verdicts ?? [], [
        { title: 'Guardrail', value: (row) => row.guardrail },
        { title: 'Champion', value: (row) => formatNumber(row.champion), align: 'right' },
        { title: 'Canary', value: (row) => formatNumber(row.canary), align: 'right' },
        { title: 'Samples', value: (row) => row.n, align: 'right' },
        { title: 'Verdict', value: (row) => row.verdict },
      ])
      return exitCodes.ok
    },
  }),
  ...(['promote', 'roll-back', 'pause', 'resume'] as const).map((act) =>
    decision({
      path: ['endpoints', act],
      summary: {
        promote: 'Promotes a canary now',
        'roll-back': 'Rolls a canary back now',
        pause: 'Holds a rollout at its step',
        resume: 'Lets a held rollout go on',
      }[act],
      usage: 'ROLLOUT-ID',
      url: `/rollouts/{0}/${act}`,
      reason: 'optional',
      example: `millrace endpoints ${act} rol_… --reason "late labels look wrong"`,
      said: (answer) => `The rollout is ${String(answer['state'])}.`,
    }),
  ),
  command({
    path: ['predict'],
    summary: 'Asks an endpoint for predictions of rows in a JSON file, or of one row',
    usage: 'ENDPOINT [FILE]',
    minimumArgs: 1,
    options: [{ name: 'row', describe: 'One row as a JSON object', value: 'JSON' }],
    examples: [
      'millrace predict flight-delay --row \'{"hour": 17, "weekday": 5, "distance": 733}\'',
      'millrace predict flight-delay rows.json --json',
    ],
    run: async ({ api, args, text, show }) => {
      const rows = rowsOf(text('row') ?? (await textOf(args[1])))
      const answer = await api.post<{
        version: number
        predictions: { id: string; outputs: Record<string, unknown> }[]
      }>(`/endpoints/${encodeURIComponent(args[0] ?? '')}/predict`, { rows })
      show(answer, answer.predictions, [
        { title: 'Prediction', value: (row) => row.id },
        { title: 'Outputs', value: (row) => JSON.stringify(row.outputs) },
        { title: 'Version', value: () => answer.version, align: 'right' },
      ])
      return exitCodes.ok
    },
  }),
]

async function textOf(path: string | undefined): Promise<string> {
  if (path === undefined)
    throw new Problem('client/no-rows', 400, 'Name a JSON file with rows, or give one row with --row.')
  return readFile(path, 'utf8').catch(() => {
    throw new Problem('client/no-such-file', 400, `There is no file at ${path}.`)
  })
}

function rowsOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    throw new Problem('client/bad-rows', 400, 'The rows are not JSON: give an object, or a list of objects.')
  }
}
