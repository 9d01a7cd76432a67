import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type * as Sdk from '../sdk.ts'

/** A process of its own that uses the SDK. */
export interface NodeClient {
  readonly child: ChildProcess
  /** What it printed first. */
  readonly said: string
  readonly ended: Promise<unknown>
}

const sdk = new URL('../sdk.ts', import.meta.url).href

/** Runs a function in a process of its own, and waits for its first words or its end. It gets the module and one value. */
export async function startClient<A>(
  env: Readonly<Record<string, string>>,
  argument: A,
  body: (sdk: typeof Sdk, argument: A) => Promise<void>,
): Promise<NodeClient> {
  const program = `await (${body.toString()})(await import(${JSON.stringify(sdk)}), ${JSON.stringify(argument)})`
  const args = ['--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } })
  const ended = once(child, 'close')
  const said = await Promise.race([once(child.stdout, 'data'), ended])
  return { child, said: String(said[0]).trim(), ended }
}
