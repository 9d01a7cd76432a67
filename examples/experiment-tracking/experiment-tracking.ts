import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { createClient } from '@millrace/terminal'
import type { ApiClient } from '@millrace/terminal'
import { listen } from './listener.ts'
import type { Listener } from './listener.ts'
import { millrace, mlflow, node, python, startServer } from './programs.ts'
import type { Tracked } from './programs.ts'
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
  /** Runs of the experiment, best first. */
  readonly runs: readonly FoundRun[]
  /** What was told of runs that ended. */
  readonly told: readonly string[]
  readonly stop: () => Promise<void>
}

interface FoundRun {
  readonly id: string
  readonly params: Readonly<Record<string, string>>
  readonly data: readonly { name: string; versionId: string | null }[]
}

interface Team {
  readonly url: string
  readonly folder: string
  readonly api: ApiClient
  /** Undefined without a Python that has MLflow: then the TypeScript run is alone. */
  readonly client: Tracked | undefined
  readonly trials: number
  readonly listener: Listener
  readonly millrace: (title: string, ...args: readonly string[]) => Promise<string>
  readonly tell: (step: Step) => void
}

const experiment = 'rain-tomorrow'
const judged = 'metrics.`holdout/log_loss`'

/** Plays a team's day on a fresh server in `folder`; `say` hears each step as it is done. */
export async function experimentTracking(
  folder: string,
  { program, trials }: { program: string | undefined; trials: number },
  say: (step: Step) => void,
): Promise<Practice> {
  const [server, listener] = await Promise.all([startServer(join(folder, 'server')), listen()])
  const stop = async () => {
    await server.stop()
    await listener.close()
  }
  const { url } = server
  const run = async (title: string, ...args: readonly string[]) => {
    const printed = await millrace(url, ...args)
    say({ title, command: ['millrace', ...args.map(quoted)].join(' '), printed })
    return printed
  }
  const client = program === undefined ? undefined : { program, uri: url, experiment }
  const api = createClient({ url, workspace: 'default' })
  const team: Team = { url, folder, api, client, trials, listener, millrace: run, tell: say }
  try {
    await mkdir(join(folder, 'weather'))
    await bringOldRuns(team)
    await versionData(team)
    await askToBeTold(team)
    await train(team)
    const runs = await search(team)
    await register(team, runs)
    await answer(team)
    await look(team, runs)
    await tidy(team, runs)
    return { url, runs, told: listener.heard.map(({ sentence }) => sentence), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Runs from before there was a server, in a folder as MLflow left it. */
async function bringOldRuns({ folder, client, millrace, tell }: Team): Promise<void> {
  if (client === undefined) return
  const old = join(folder, 'mlruns')
  const file = join(folder, 'weather', 'weather.csv')
  await writeWeather(file, 2014)
  const before = { ...client, uri: pathToFileURL(old).href, experiment: 'rain-2014' }
  await python(before, 'train.py', file, '2')
  tell({ title: 'As it was: runs in a folder', command: said(before, `train.py ${file} 2`), printed: '' })
  await millrace('They come along', 'import', 'mlflow', old)
}

async function versionData({ folder, millrace }: Team): Promise<void> {
  const file = join(folder, 'weather', 'weather.csv')
  for (const year of [2014, 2015]) {
    await writeWeather(file, year)
    const named = ['--name', 'seattle-weather', '--version', `to-${year}`, '--time-column', 'date']
    await millrace(`The data up to ${year} becomes a version`, 'data', 'add', file, ...named)
  }
  const versions = ['seattle-weather@to-2014', 'seattle-weather@to-2015']
  await millrace('What a year added', 'data', 'diff', ...versions, '--key', 'date')
}

async function askToBeTold({ millrace, listener }: Team): Promise<void> {
  await millrace('A channel that notifications go to', 'notify', 'webhook', 'team', listener.url)
  const events = ['run.finished', 'run.failed', 'run.stalled']
  const rule = ['--to', 'team', '--experiment', experiment]
  await millrace('Tell us when a run ends, fails or stalls', 'notify', 'when', 'our-runs', ...events, ...rule)
}

async function train({ url, api, client, trials, tell }: Team): Promise<void> {
  const version = await api.get<{ id: string }>('/datasets/seattle-weather/versions/to-2015')
  const file = `${url}/api/millrace/v1/w/default/dataset-versions/${version.id}/files/weather.csv`
  if (client !== undefined) {
    await python(client, 'train.py', file, String(trials))
    const title = 'The same script, with another MLFLOW_TRACKING_URI'
    tell({ title, command: said(client, `train.py ${file} ${trials}`), printed: '' })
  }
  const id = await node(url, 'train.ts', 'seattle-weather@to-2015', file)
  const command = `MILLRACE_URL=${url} node train.ts seattle-weather@to-2015 ${file}`
  tell({ title: 'A colleague tries in TypeScript', command, printed: id })
}

async function search({ api, millrace }: Team): Promise<readonly FoundRun[]> {
  const query = 'min(metrics.`train/log_loss`) < 0.6 and not (params.model = boosting and params.learning_rate > 0.1)'
  const order = ['--order-by', judged]
  await millrace('Which are worth a look?', 'runs', 'list', '--experiment', experiment, '--query', query, ...order)
  const body = { experiments: [experiment], query: `exists ${judged}`, orderBy: [judged], limit: 50 }
  const { items } = await api.post<{ items: FoundRun[] }>('/runs/search', body)
  const [best, next] = items
  if (best !== undefined && next !== undefined)
    await millrace('In what do the two best differ?', 'diff', best.id, next.id)
  return items
}

/** The best becomes a version, and answers under an alias. */
async function register({ client, millrace, tell }: Team, runs: readonly FoundRun[]): Promise<void> {
  const id = runs[0]?.id ?? ''
  const isOurs = runs[0]?.params['model'] === 'gradient-descent'
  const title = 'The best becomes a version'
  if (client === undefined || isOurs) await millrace(title, 'models', 'register', experiment, id, 'model.json')
  else tell({ title, command: said(client, `register.py ${id}`), printed: await python(client, 'register.py', id) })
  const reason = ['--reason', 'lowest log loss on the year held out']
  await millrace('An alias says which answers', 'models', 'alias', experiment, 'champion', '1', ...reason)
  await millrace('Who moved it, and why', 'models', 'history', experiment)
}

async function answer({ folder, client, millrace, tell }: Team): Promise<void> {
  if (client === undefined) return
  const args = [join(folder, 'weather', 'weather.csv'), '2015-11-03']
  const printed = await python(client, 'answer.py', ...args)
  const title = 'A program asks the champion, whichever that is'
  tell({ title, command: said(client, `answer.py ${args.join(' ')}`), printed })
  await millrace('Each answer left a trace', 'traces', 'list', '--experiment', experiment)
}

async function look({ client, millrace, listener, tell }: Team, runs: readonly FoundRun[]): Promise<void> {
  await millrace('Where does the best come from?', 'lineage', 'run', runs[0]?.id ?? '', '--direction', 'upstream')
  // The sweep itself is a run, too.
  await untilTold(listener, runs.length + (client === undefined ? 0 : 1))
  const printed = listener.heard.map(({ sentence }) => sentence).join('\n')
  tell({ title: 'What the team was told meanwhile', command: `POST ${listener.url}`, printed })
}

/** The worst run goes to the trash, by MLflow's own command line. */
async function tidy({ client, millrace, tell }: Team, runs: readonly FoundRun[]): Promise<void> {
  const id = runs.at(-1)?.id ?? ''
  if (client !== undefined && runs.length > 1) {
    const printed = await mlflow(client, 'runs', 'delete', '--run-id', id)
    const command = `MLFLOW_TRACKING_URI=${client.uri} mlflow runs delete --run-id ${id}`
    tell({ title: 'The worst run goes', command, printed })
  }
  await millrace('It can be restored until it is collected', 'trash', 'list')
  await millrace('What collecting would free', 'gc', '--dry-run', '--older-than', '0d')
}

async function untilTold({ heard }: Listener, runs: number): Promise<void> {
  const giveUpMs = performance.now() + 30_000
  while (heard.length < runs && performance.now() < giveUpMs) await sleep(100)
}

const said = ({ uri, experiment: name }: Tracked, call: string) =>
  `MLFLOW_TRACKING_URI=${uri} MLFLOW_EXPERIMENT_NAME=${name} python ${call}`

const quoted = (text: string) => (/^[\w@=./:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
