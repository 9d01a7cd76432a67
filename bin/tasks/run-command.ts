import { spawn } from 'node:child_process'
import { root } from './root.ts'

export interface Ran {
  readonly exitCode: number
  /** Standard output and standard error in the order they came; empty when they were shown as they came. */
  readonly said: string
  readonly tookMs: number
}

export interface HowToRun {
  readonly env?: Readonly<Record<string, string>>
  /** Let the command write to this terminal instead of collecting what it says. */
  readonly shown?: boolean
  readonly signal?: AbortSignal
}

/** Runs a program in the checkout's root and resolves when it has ended, whatever its exit code. Rejects if it cannot start. */
export function runCommand(program: string, args: readonly string[], how: HowToRun = {}): Promise<Ran> {
  const startedAt = performance.now()
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...how.env },
    stdio: how.shown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    ...(how.signal && { signal: how.signal, killSignal: 'SIGTERM' as const }),
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(String(chunk)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ exitCode: code ?? 1, said: said.join(''), tookMs: performance.now() - startedAt }),
    )
  })
}

/** A program that npm packages brought. */
export const tool = (name: string) => `${root}node_modules/.bin/${name}`
