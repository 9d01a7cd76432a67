import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@millrace/terminal'
import { askInFourProtocols } from './ask.ts'
import type { Flight } from './flights.ts'
import { readFlights } from './flights.ts'
import type { Recipe } from './late-model.ts'
import { experiment, rollOut } from './decide.ts'
import { millrace, node, startServer } from './programs.ts'
import { trainAsRun } from './register.ts'
import type { Shown, Step, Team } from './team.ts'
import { endpoint, model } from './team.ts'
import { Traffic } from './traffic.ts'

export type { Shown, Step } from './team.ts'

/** What was shown, on a server that still runs. */
export interface Practice {
  readonly url: string
  readonly shown: readonly Shown[]
  readonly stop: () => Promise<void>
}

const trainingRows = 6000

/** Takes a model from its training to an edge device on a fresh server in `folder`; `say` hears each step as it is done. */
export async function modelServing(folder: string, say: (step: Step) => void): Promise<Practice> {
  const [server, flights] = await Promise.all([startServer(join(folder, 'server')), readFlights()])
  const { url } = server
  const api = createClient({ url, workspace: 'default' })
  const shown: Shown[] = []
  const team: Team = {
    ...server,
    folder,
    api,
    traffic: new Traffic(api, endpoint, flights.live),
    millrace: async (title, ...args) => {
      const printed = await millrace(url, ...args)
      say({ title, command: ['millrace', ...args.map(quoted)].join(' '), printed })
      return printed
    },
    tell: say,
    show: (what, outcome) => void shown.push({ what, outcome }),
  }
  try {
    const versionOf = await registerAll(team, flights.training)
    await deploy(team, versionOf('distance'))
    await askInFourProtocols(team)
    const faulty = {
      title: 'A version with a fault meets a quarter of the traffic',
      shownAs: 'Rollout of a bad version',
    }
    await rollOut(team, versionOf('balanced'), faulty)
    await experiment(team, versionOf('hours'))
    const better = { title: 'A better one comes as a shadow, then as a canary', shownAs: 'Rollout of a good version' }
    await rollOut(team, versionOf('rush-hours'), { ...better, shadowRows: 2000 })
    await predictFiles(team, flights.live)
    await predictOffline(team)
    return { url, shown, stop: server.stop }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Four versions of one model; gives their ids. */
async function registerAll(team: Team, training: readonly Flight[]): Promise<(recipe: Recipe) => string> {
  const ids = new Map<Recipe, string>()
  await team.millrace('A name for what is deployed', 'models', 'put', model)
  for (const recipe of ['distance', 'balanced', 'hours', 'rush-hours'] as const) {
    const run = await trainAsRun(team.url, recipe, training.slice(0, trainingRows))
    const printed = await team.millrace(`"${recipe}" becomes a version`, 'models', 'register', model, run, 'model.onnx')
    ids.set(recipe, /ver_\w+/.exec(printed)?.[0] ?? '')
  }
  return (recipe) => ids.get(recipe) ?? ''
}

async function deploy({ api, tell, show }: Team, versionId: string): Promise<void> {
  const spec = { model, score: { output: 'late', threshold: 0.5 } }
  await api.put(`/endpoints/${endpoint}`, spec)
  const deployment = await api.post<{ state: string; version: number }>(`/endpoints/${endpoint}/deployments`, {
    versionId,
  })
  const printed = `version ${deployment.version} is ${deployment.state}`
  tell({ title: 'An endpoint, and what answers there', command: `POST /endpoints/${endpoint}/deployments`, printed })
  show('Deployed', `the answer came when it served: ${printed}`)
}

/** What lies in files needs no endpoint. */
async function predictFiles({ folder, millrace: run, show }: Team, live: readonly Flight[]): Promise<void> {
  const file = join(folder, 'flights.csv')
  const lines = live.slice(0, 20_000).map(({ time, distance }, at) => `${at},${time},${distance}`)
  await writeFile(file, `flight,time,distance\n${lines.join('\n')}\n`)
  const places = ['--model', `models:/${model}@champion`, '--input', file, '--output', join(folder, 'scored.parquet')]
  const first = await run('Twenty thousand flights in one go', 'predict', ...places, '--keep', 'flight')
  await run('Again: nothing is left to do', 'predict', ...places, '--keep', 'flight')
  show('Batch', first.replace(/:.*/s, ''))
}

/** What has no network needs no server. */
async function predictOffline({ folder, millrace: run, tell, show }: Team): Promise<void> {
  const bundle = join(folder, 'edge')
  const options = ['--target', 'node', '--output', bundle, '--endpoint', endpoint]
  await run('The champion for a device', 'edge', 'export', `models:/${model}@champion`, ...options)
  const file = join(folder, 'flights.csv')
  const printed = await node('offline.ts', bundle, file)
  tell({ title: 'It predicts there without a server', command: `node offline.ts ${bundle} ${file}`, printed })
  const sent = await node('offline.ts', bundle, file, 'sync')
  tell({
    title: 'And sends its log when it sees one',
    command: `node offline.ts ${bundle} ${file} sync`,
    printed: sent,
  })
  show('Offline', `${printed.split('\n').length} predictions without a server, then ${sent}`)
}

const quoted = (text: string) => (/^[\w@=./:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
