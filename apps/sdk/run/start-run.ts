import type { Api } from '../http/api.ts'
import { unreferenced } from '../http/pauses.ts'
import type { Models } from '../registry/models.ts'
import type { Warn } from '../spool/deliver.ts'
import type { Spool, Spools } from '../spool/spool.ts'
import { memorySpools } from '../spool/spool.ts'
import { ConsoleLog } from './console-log.ts'
import { LogBuffer } from './log-buffer.ts'
import type { Platform } from './platform.ts'
import type { ParamsOf, ParamValue, RunShape } from './run.ts'
import { Run } from './run.ts'
import { Sender } from './sender.ts'
import { storeArtifacts } from './store-artifacts.ts'

export interface StartOptions<S extends RunShape = RunShape> {
  /** The experiment's name; it is made where there is none. */
  readonly experiment: string
  readonly name?: string
  readonly params?: ParamsOf<S>
  readonly tags?: Readonly<Record<string, ParamValue>>
  /** Versions of data sets: `datasets:/flights@2001-02`. */
  readonly data?: readonly string[]
  /** The run this one is part of. */
  readonly parent?: { readonly id: string } | string
  /** Records the git commit and the entry point. Default true where there is a process. */
  readonly code?: boolean
  /** Logs CPU, memory, disk, network and GPU every so many seconds; false for never. Default 10 where they can be read. */
  readonly systemMetricsSeconds?: number | false
  /** Keeps what is written to the console as the artifact `logs/console.txt`. Default false. */
  readonly captureConsole?: boolean
}

/** What runs of a connection have in common. */
export interface Connection {
  readonly api: Api
  readonly platform: Platform
  readonly spools: Promise<Spools>
  readonly models: Models
  readonly warn: Warn
}

const beginnings = new WeakMap<object, Promise<void>>()

/** Starts a run. It does not throw for a server that is away. */
export async function startRun<S extends RunShape>(options: StartOptions<S>, connection: Connection): Promise<Run<S>> {
  const { experiment, parent } = options
  if (typeof experiment !== 'string' || experiment === '' || experiment.length > 500)
    throw new TypeError('Give startRun the name of an experiment, 1 to 500 characters: { experiment: "flights" }.')
  const { api, platform, warn } = connection
  const id = newId()
  const after = typeof parent === 'object' ? beginnings.get(parent) : undefined
  const sender = new Sender({ api, spool: await openSpool(connection, id), warn, after })
  const buffer = new LogBuffer(id, (request) => sender.add(request), warn)
  const code = options.code === false ? undefined : await platform.code().catch(() => undefined)
  sender.add({ method: 'POST', path: '/runs', body: bodyOf(id, options, code) })
  buffer.params(options.params ?? {})
  buffer.tags(options.tags ?? {})
  for (const version of options.data ?? [])
    sender.add({ method: 'POST', path: `/runs/${id}/inputs`, body: { data: [{ version, context: 'training' }] } })
  const run: Run<S> = new Run<S>({
    id,
    experiment,
    api,
    sender,
    buffer,
    models: connection.models,
    store: (source, name, signal) => storeArtifacts(api, platform, { runId: id, source, name, signal }),
    warn: (sentence) => warn(sentence, sentence),
    onEnd: watch(options, connection, { id, sender, buffer, end: () => run[Symbol.asyncDispose]() }),
  })
  beginnings.set(run, sender.begun)
  return run
}

interface Watched {
  readonly id: string
  readonly sender: Sender
  readonly buffer: LogBuffer
  readonly end: () => Promise<void>
}

/** Watches machine, console and the end of the process for a run. The answer ends that. */
function watch<S extends RunShape>(options: StartOptions<S>, { platform }: Connection, of: Watched): () => void {
  const { id, sender, buffer } = of
  const stopSampling = sampleMachine(options.systemMetricsSeconds ?? 10, platform, buffer)
  const lastLines = keepConsole(options.captureConsole ?? false, id, sender)
  const forget = platform.onEnd({
    drained: () => void of.end(),
    hidden: () => {
      buffer.seal()
      sender.save()
    },
    ending: (status) => {
      lastLines()
      buffer.seal()
      sender.add({ method: 'PATCH', path: `/runs/${id}`, body: { status, endedAtMs: Date.now() } })
      sender.save(true)
    },
  })
  return () => {
    forget()
    stopSampling()
    lastLines()
  }
}

function sampleMachine(seconds: number | false, platform: Platform, buffer: LogBuffer): () => void {
  const sample = seconds === false ? undefined : platform.machine()
  if (sample === undefined || seconds === false) return () => {}
  let step = 0
  const take = () => {
    const at = step++
    sample().then(
      (readings) => buffer.points(readings, at, Date.now()),
      () => clearInterval(timer), // What cannot be read once will not be read later.
    )
  }
  const timer = unreferenced(setInterval(take, seconds * 1000))
  return () => clearInterval(timer)
}

function keepConsole(isWanted: boolean, runId: string, sender: Sender): () => void {
  if (!isWanted) return () => {}
  // While the server is away, one text at the end is enough.
  const log = new ConsoleLog(runId, (request) => {
    if (sender.pending > 0) return false
    sender.add(request)
    return true
  })
  let ended = false
  return () => {
    if (ended) return
    ended = true
    const last = log.end()
    if (last !== undefined) sender.add(last)
  }
}

async function openSpool({ spools, warn }: Connection, id: string): Promise<Spool> {
  try {
    return await (await spools).open(id)
  } catch (error) {
    warn('sdk/spool', `There is no place for a spool, so what waits for Millrace is kept in memory: ${String(error)}`)
    return memorySpools.open(id)
  }
}

/** 32 hexadecimal digits; `crypto.randomUUID` is missing on pages that are not secure. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function bodyOf<S extends RunShape>(id: string, options: StartOptions<S>, code: object | undefined): object {
  const { experiment, name, parent } = options
  return {
    id,
    experiment,
    startedAtMs: Date.now(),
    ...(name === undefined ? {} : { name: name.slice(0, 500) }),
    ...(parent === undefined ? {} : { parentRunId: typeof parent === 'string' ? parent : parent.id }),
    ...(code === undefined ? {} : { code }),
  }
}
