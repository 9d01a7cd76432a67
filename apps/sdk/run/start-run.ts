import type { Api } from '../http/api.ts'
import { isServer } from '../spool/open-spools.ts'
import type { Spools } from '../spool/spool.ts'
import type { RunShape } from './run.ts'
import { Run } from './run.ts'
import { Sender } from './sender.ts'

export interface StartOptions<S extends RunShape> {
  /** The experiment's name; it is made where there is none. */
  readonly experiment: string
  readonly name?: string
  readonly params?: S extends { params: infer P } ? P : Readonly<Record<string, string | number | boolean>>
  readonly tags?: Readonly<Record<string, string | number | boolean>>
  /** Versions of data sets: `datasets:/flights@2001-02`. */
  readonly data?: readonly string[]
  /** The run this one is part of. */
  readonly parent?: { readonly id: string } | string
  /** Records the git commit, the command line and the platform. Default true where there is a process. */
  readonly code?: boolean
  /** Logs CPU and memory of the process every so many seconds; false for never. Default 10 where there is a process. */
  readonly systemMetricsSeconds?: number | false
}

interface Connection {
  readonly api: Api
  readonly spools: Promise<Spools>
  readonly warn: (message: string) => void
}

/** Starts a run. It never throws for a server that is away. */
export async function startRun<S extends RunShape>(
  options: StartOptions<S>,
  { api, spools, warn }: Connection,
): Promise<Run<S>> {
  const id = crypto.randomUUID().replaceAll('-', '')
  const sender = new Sender(
    api,
    async () => (await spools).open(id),
    (error, request) => warn(`Millrace refused ${request.method} ${request.path}: ${error.message} (${error.code})`),
  )
  const here = isServer() ? await import('../node/this-process.ts') : undefined
  const code = options.code === false ? undefined : await here?.codeOfProcess()
  sender.add({ method: 'POST', path: '/runs', body: bodyOf(id, options, code) })
  const watch = { end: () => {} }
  const run = new Run<S>({ id, experiment: options.experiment, api, sender, onEnd: () => watch.end() })
  if (here !== undefined) {
    await sender
      .prepare()
      .catch(() => warn('There is no folder for a spool: what the server does not take is kept in memory.'))
    watch.end = here.watchProcess(
      { sample: (metrics, step) => run.sample(metrics, step), saveNow: () => run.saveNow() },
      options.systemMetricsSeconds ?? 10,
    )
  }
  return run
}

function bodyOf<S extends RunShape>(id: string, options: StartOptions<S>, code: object | undefined): object {
  const { experiment, name, params = {}, tags = {}, data = [], parent } = options
  const texts = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
  return {
    id,
    experiment,
    startedAtMs: Date.now(),
    params: texts(params),
    tags: texts(tags),
    ...(name === undefined ? {} : { name }),
    ...(data.length === 0 ? {} : { data: data.map((version) => ({ version, context: 'training' })) }),
    ...(parent === undefined ? {} : { parentRunId: typeof parent === 'string' ? parent : parent.id }),
    ...(code === undefined ? {} : { code }),
  }
}
