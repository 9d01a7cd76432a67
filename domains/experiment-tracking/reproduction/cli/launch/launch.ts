import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import { provenanceArtifacts } from '../../../contract.ts'
import type { Captured } from '../capture/capture.ts'
import { capture } from '../capture/capture.ts'
import { findProgram } from '../capture/python.ts'
import { liveLog } from './live-log.ts'
import { recordStart } from './record-start.ts'
import type { RunClient } from './run-client.ts'
import { sampleSystem } from './sample-system.ts'
import type { Ended } from './supervise.ts'
import { supervise } from './supervise.ts'
import { usedData } from './used-data.ts'

export interface LaunchOptions {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly experiment: string
  readonly name?: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /** See `usedData`. */
  readonly data: readonly string[]
  readonly keepUntracked: boolean
  readonly variables: readonly string[]
  readonly sampleEveryMs: number
  /** The token to hand to the program, where one is needed. */
  readonly token: string | undefined
  readonly reproducesRunId?: string | undefined
  readonly out: Writable
  readonly err: Writable
  /** Told when the run is there and the program is about to start. */
  readonly started: (client: RunClient) => void
}

export interface Launched extends Ended {
  readonly runId: string
}

/**
 * Runs a command as a run: looks at what it runs with, records that, starts it so that MLflow's clients in it log into this
 * run, keeps what it says, samples the machine, and ends the run as the command ended. After the start, a server that goes
 * away costs what would have been recorded, never the command.
 */
export async function launch(api: ApiClient, options: LaunchOptions): Promise<Launched> {
  const { command, cwd, env } = options
  const [program = '', ...args] = command
  if ((await findProgram(program, { cwd, env })) === undefined) {
    throw new Problem('client/no-such-program', 400, `There is no program "${program}" to run.`)
  }
  const captured = await capture(options)
  const data = await usedData(api, options.data, { root: captured.code?.root ?? cwd, cwd })
  const { experiment, name, tags, reproducesRunId = null } = options
  const client = await recordStart(api, captured, { experiment, name, tags, data, reproducesRunId })
  options.started(client)
  const child = spawn(program, args, {
    cwd,
    env: { ...env, ...runVariables(api, client, options.token) },
    stdio: ['inherit', 'pipe', 'pipe'],
  })
  const ended = supervise(child)
  const watching = await watch(client, child, captured, options)
  const end = await ended
  await watching.end()
  await client.end(end.status, Date.now()).catch(() => {
    options.err.write(`millrace: the end of run ${client.run.id} (${end.status}) could not be recorded.\n`)
  })
  return { ...end, runId: client.run.id }
}

/** Keeps the program's output and samples the machine while it runs. */
async function watch(
  client: RunClient,
  child: ReturnType<typeof spawn>,
  { recorded }: Captured,
  { out, err, cwd, sampleEveryMs }: LaunchOptions,
) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-run-'))
  const attempt = attemptOnce(err)
  const log = (from: typeof child.stdout, to: Writable, path: string) =>
    from === null
      ? []
      : [
          liveLog({
            from,
            to,
            file: join(folder, path.replaceAll('/', '-')),
            send: (body) => attempt(() => client.putFile(path, body)),
          }),
        ]
  const parts = [
    ...log(child.stdout, out, provenanceArtifacts.output),
    ...log(child.stderr, err, provenanceArtifacts.errors),
    ...(child.pid === undefined || sampleEveryMs === 0
      ? []
      : [
          sampleSystem({
            pid: child.pid,
            cwd,
            everyMs: sampleEveryMs,
            hasGpu: (recorded.hardware?.gpus.length ?? 0) > 0,
            send: (points) => attempt(() => client.log(points)),
          }),
        ]),
  ]
  return {
    end: async () => {
      await Promise.all(parts.map((part) => part.end()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Does what need not succeed; the first failure is said, so that a person knows, and the program goes on. */
function attemptOnce(err: Writable): (act: () => Promise<void>) => Promise<void> {
  let said = false
  return async (act) => {
    try {
      await act()
    } catch (error) {
      if (said) return
      said = true
      err.write(`millrace: ${error instanceof Error ? error.message : String(error)} The command goes on unrecorded.\n`)
    }
  }
}

/** What makes MLflow's clients, and ours, log into the run. */
function runVariables(api: ApiClient, { run }: RunClient, token: string | undefined): NodeJS.ProcessEnv {
  return {
    MLFLOW_TRACKING_URI: api.url,
    MLFLOW_RUN_ID: run.id,
    MLFLOW_EXPERIMENT_ID: run.experimentId,
    MILLRACE_URL: api.url,
    MILLRACE_WORKSPACE: api.workspace,
    MILLRACE_RUN_ID: run.id,
    // What a Python program says would otherwise reach the log only at its end.
    PYTHONUNBUFFERED: '1',
    ...(api.workspace === 'default' ? {} : { MLFLOW_WORKSPACE: api.workspace }),
    ...(token === undefined ? {} : { MLFLOW_TRACKING_TOKEN: token, MILLRACE_TOKEN: token }),
  }
}
