import { setTimeout as sleep } from 'node:timers/promises'
import type { Team } from './team.ts'
import { endpoint } from './team.ts'

interface Rollout {
  readonly id: string
  readonly state: string
  readonly reason: string | null
  readonly verdicts: readonly {
    readonly guardrail: string
    readonly verdict: string
    readonly champion: number | null
    readonly canary: number | null
    readonly n: number
  }[]
}

interface Experiment {
  readonly id: string
  readonly state: string
  readonly verdict: { readonly conclusion: string; readonly sentence: string }
}

interface ShadowReport {
  readonly shadows: readonly {
    readonly rows: number
    readonly outputs: readonly { readonly name: string; readonly meanAbsoluteDifference: number | null }[]
  }[]
}

const requestsAtOnce = 80
const pauseMs = 150

/** Moves traffic to a version step by step, until the guardrails or the last step have decided. */
export async function rollOut(
  team: Team,
  versionId: string,
  { title, shownAs, shadowRows }: { title: string; shownAs: string; shadowRows?: number },
): Promise<void> {
  const { api, traffic, tell, show } = team
  const plan = {
    ...(shadowRows === undefined ? {} : { shadow: { minPredictions: shadowRows } }),
    steps: [25, 50].map((weight) => ({ weight, minPredictions: 1000, minLabels: 1000 })),
    // Too little to judge by is no reason to go on.
    withoutVerdict: 'hold',
    guardrails: [
      { name: 'answers', metric: 'error_rate', limit: 0.01 },
      { name: 'log-loss', metric: 'log_loss', limit: 0.02 },
    ],
  }
  const command = `POST /endpoints/${endpoint}/rollouts ${JSON.stringify({ versionId, plan })}`
  const before = traffic.requests
  let rollout = await api.post<Rollout>(`/endpoints/${endpoint}/rollouts`, { versionId, plan })
  tell({ title, command, printed: `${rollout.id} is ${rollout.state}` })
  while (!['promoted', 'rolled_back'].includes(rollout.state)) {
    if (rollout.state === 'paused') throw new Error(`The rollout waits for a person: ${rollout.reason ?? ''}`)
    await traffic.send(requestsAtOnce)
    await sleep(pauseMs)
    rollout = await api.get<Rollout>(`/rollouts/${rollout.id}`)
  }
  if (shadowRows !== undefined) await compareShadow(team)
  const outcome = `${rollout.state.replace('_', ' ')} after ${traffic.requests - before} requests: ${rollout.reason ?? ''}`
  const printed = [...rollout.verdicts.map(sentenceOf), outcome].join('\n')
  tell({ title: 'What came of it', command: `GET /rollouts/${rollout.id}`, printed })
  show(shownAs, outcome)
}

function sentenceOf({ guardrail, verdict, champion, canary, n }: Rollout['verdicts'][number]): string {
  const figures = `canary ${(canary ?? 0).toFixed(4)}, champion ${(champion ?? 0).toFixed(4)}, ${n} observations`
  return `${guardrail}: ${verdict.replaceAll('_', ' ')} (${figures})`
}

async function compareShadow({ api, tell, show }: Team): Promise<void> {
  const readShadows = async () => (await api.get<ShadowReport>(`/endpoints/${endpoint}/shadow-report`)).shadows
  // What processes of the data plane have counted is written every now and then.
  let shadows = await readShadows()
  for (let left = 50; left > 0 && shadows.length === 0; left -= 1) {
    await sleep(200)
    shadows = await readShadows()
  }
  const [shadow] = shadows
  if (shadow === undefined) throw new Error('The server has no report of the shadow.')
  const apart = shadow.outputs.map(
    ({ name, meanAbsoluteDifference: mean }) => `"${name}" differs by ${mean?.toFixed(4)}`,
  )
  const printed = `${shadow.rows} rows answered by both; ${apart.join(', ')} on average`
  tell({ title: 'The shadow beside the champion', command: `GET /endpoints/${endpoint}/shadow-report`, printed })
  show('Shadow', printed)
}

/** Divides traffic between the champion and a version until there is a verdict on what users feel, then keeps the winner. */
export async function experiment({ api, traffic, tell, show }: Team, versionId: string): Promise<void> {
  const spec = {
    variants: [{ versionId, weight: 50 }],
    metric: { kind: 'feedback', name: 'hits', better: 'higher', range: [0, 1] },
    effect: 0.05,
  }
  const before = traffic.requests
  const command = `POST /endpoints/${endpoint}/experiments ${JSON.stringify(spec)}`
  let seen = await api.post<Experiment>(`/endpoints/${endpoint}/experiments`, spec)
  tell({ title: 'Which picks more of the late flights? An A/B experiment', command, printed: seen.verdict.sentence })
  while (seen.verdict.conclusion === 'undecided') {
    await traffic.send(requestsAtOnce)
    await sleep(pauseMs)
    seen = await api.get<Experiment>(`/traffic-experiments/${seen.id}`)
  }
  const outcome = `${seen.verdict.sentence} (${traffic.requests - before} requests)`
  tell({ title: 'The verdict', command: `GET /traffic-experiments/${seen.id}`, printed: outcome })
  await api.post(`/traffic-experiments/${seen.id}/conclude`, { reason: 'it picks more late flights' })
  show('A/B experiment', outcome)
}
