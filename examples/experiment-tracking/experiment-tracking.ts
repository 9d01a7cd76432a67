import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { createClient } from '@millrace/terminal'
import type { ApiClient } from '@millrace/terminal'
import { listen } from './listener.ts'
import type { Listener } from './listener.ts'
import { millrace, node, python, startServer } from './programs.ts'
import { writeWeather } from './weather.ts'

/** One thing that was done, the command that did it, and what it printed. */
export interface Step {
  readonly title: string
  readonly command: string
  readonly printed: string
}

/** The practice on a server that still runs, and what to stop in the end. */
export interface Practice {
  readonly url: string
  readonly steps: readonly Step[]
  /** Runs of the experiment, best first. */
  readonly runs: readonly FoundRun[]
  /** What was told of runs that ended. */
  readonly told: readonly string[]
  readonly stop: () => Promise<void>
}

interface FoundRun {
  readonly id: string
  readonly name: string
  readonly params: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number>>
  readonly data: readonly { name: string; versionId: string | null }[]
}

interface Team {
  readonly url: string
  readonly folder: string
  readonly api: ApiClient
  /** A Python with MLflow; without one the TypeScript run is alone. */
  readonly program: string | undefined
  readonly listener: Listener
  readonly millrace: (title: string, ...args: readonly string[]) => Promise<string>
  readonly tell: (step: Step) => void
}

const experiment = 'rain-tomorrow'

/** Plays a team's day on a fresh server in `folder`; `say` hears each step as it is done. */
export async function experimentTracking(
  folder: string,
  program: string | undefined,
  say: (step: Step) => void,
): Promise<Practice> {
  const steps: Step[] = []
  const tell = (step: Step) => {
    steps.push(step)
    say(step)
  }
  const [server, listener] = await Promise.all([startServer(join(folder, 'server')), listen()])
  const stop = async () => {
    await server.stop()
    await listener.close()
  }
  const api = createClient({ url: server.url, workspace: 'default' })
  const run = async (title: string, ...args: readonly string[]) => {
    const printed = await millrace(server.url, ...args)
    tell({ title, command: ['millrace', ...args.map(quoted)].join(' '), printed })
    return printed
  }
  const team = { url: server.url, folder, api, program, listener, millrace: run, tell }
  try {
    await versionData(team)
    await bringOldRuns(team)
    await askToBeTold(team)
    await train(team)
    const runs = await search(team)
    await register(team, runs)
    await answer(team)
    await look(team, runs)
    return { url: server.url, steps, runs, told: listener.heard.map(({ sentence }) => sentence), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function versionData({ folder, millrace }: Team): Promise<void> {
  const data = join(folder, 'weather')
  await mkdir(data)
  const file = join(data, 'weather.csv')
  for (const year of [2014, 2015]) {
    await writeWeather(file, year)
    const named = ['--name', 'seattle-weather', '--version', `to-${year}`, '--time-column', 'date']
    await millrace(`The data up to ${year} becomes a version`, 'data', 'add', file, ...named)
  }
  const versions = ['seattle-weather@to-2014', 'seattle-weather@to-2015']
  await millrace('What a year added', 'data', 'diff', ...versions, '--key', 'date')
}

/** Runs from before there was a server, in a folder as MLflow left it. */
async function bringOldRuns({ folder, program, tell }: Team): Promise<void> {
  if (program === undefined) return
  const old = pathToFileURL(join(folder, 'mlruns')).href
  const file = join(folder, 'weather', 'weather.csv')
  const command = `MLFLOW_TRACKING_URI=${old} python train.py ${file}`
  await python(program, old, 'train.py', file)
  tell({ title: 'As it was: runs in a folder', command, printed: '' })
}

async function askToBeTold({ millrace, listener }: Team): Promise<void> {
  await millrace('A channel that notifications go to', 'notify', 'webhook', 'team', listener.url)
  const events = ['run.finished', 'run.failed', 'run.stalled']
  const rule = ['--to', 'team', '--experiment', experiment]
  await millrace('Tell us when a run ends, fails or stalls', 'notify', 'when', 'our-runs', ...events, ...rule)
}

async function train({ url, api, program, tell }: Team): Promise<void> {
  const version = await api.get<{ id: string }>('/datasets/seattle-weather/versions/to-2015')
  const file = `${url}/api/millrace/v1/w/default/dataset-versions/${version.id}/files/weather.csv`
  if (program !== undefined) {
    await python(program, url, 'train.py', file)
    const command = `MLFLOW_TRACKING_URI=${url} python train.py ${file}`
    tell({ title: 'The same script, with another MLFLOW_TRACKING_URI', command, printed: '' })
  }
  const id = await node(url, 'train.ts', 'seattle-weather@to-2015', file)
  const command = `MILLRACE_URL=${url} node train.ts seattle-weather@to-2015 ${file}`
  tell({ title: 'A colleague tries in TypeScript', command, printed: id })
}

async function search({ api, millrace }: Team): Promise<readonly FoundRun[]> {
  const query = 'min(metrics.`train/log_loss`) < 0.6 and not (params.model = boosting and params.learning_rate > 0.1)'
  const order = ['--order-by', 'metrics.log_loss']
  await millrace('Which are worth a look?', 'runs', 'list', '--experiment', experiment, '--query', query, ...order)
  const body = { experiments: [experiment], query: 'metrics.log_loss exists', orderBy: ['metrics.log_loss'], limit: 50 }
  return (await api.post<{ items: FoundRun[] }>('/runs/search', body)).items
}

/** The best becomes a version, and answers under an alias. */
async function register({ url, program, millrace, tell }: Team, runs: readonly FoundRun[]): Promise<void> {
  const id = runs[0]?.id ?? ''
  const inTypescript = runs[0]?.params['model'] === 'gradient-descent'
  if (program === undefined || inTypescript) {
    const from = [id, 'model.json']
    await millrace('The best becomes a version', 'models', 'register', experiment, ...from)
  } else {
    const printed = await python(program, url, 'register.py', id)
    const command = `MLFLOW_TRACKING_URI=${url} python register.py ${id}`
    tell({ title: 'The best becomes a version', command, printed })
  }
  const reason = ['--reason', 'lowest log loss on the year held out']
  await millrace('An alias says which answers', 'models', 'alias', experiment, 'champion', '1', ...reason)
  await millrace('Who moved it, and why', 'models', 'history', experiment)
}

async function answer({ url, folder, program, millrace, tell }: Team): Promise<void> {
  if (program === undefined) return
  const args = [join(folder, 'weather', 'weather.csv'), '2015-11-03']
  const printed = await python(program, url, 'answer.py', ...args)
  const command = `MLFLOW_TRACKING_URI=${url} python answer.py ${args.join(' ')}`
  tell({ title: 'A program asks the champion, whichever that is', command, printed })
  await millrace('Each answer left a trace', 'traces', 'list', '--experiment', experiment)
}

async function look({ millrace, listener, tell }: Team, runs: readonly FoundRun[]): Promise<void> {
  await millrace('Where does the best come from?', 'lineage', 'run', runs[0]?.id ?? '', '--direction', 'upstream')
  await untilTold(listener, runs.length)
  const printed = listener.heard.map(({ sentence }) => sentence).join('\n')
  tell({ title: 'What the team was told meanwhile', command: `POST ${listener.url}`, printed })
  await millrace('What could be freed', 'data', 'gc')
}

async function untilTold({ heard }: Listener, runs: number): Promise<void> {
  const giveUpMs = performance.now() + 30_000
  while (heard.length < runs && performance.now() < giveUpMs) await sleep(100)
}

const quoted = (text: string) => (/^[\w@=./:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
