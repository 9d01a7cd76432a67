import type { Command } from '@millrace/terminal'
import { command, decision, exitCodes, formatNumber, listing } from '@millrace/terminal'

export { askEndpoint } from './ask-endpoint.ts'

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

/** `millrace endpoints …`. */
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
]
