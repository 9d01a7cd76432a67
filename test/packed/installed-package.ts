import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** How a command of the package ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly said: string
}

export interface StartedServer {
  readonly url: string
  /** Where predictions are asked for, too. */
  readonly predictUrl: string
}

/** The npm package in a folder that has nothing else, as somebody who installs it has it. */
export interface InstalledPackage {
  readonly folder: string
  /** Runs `millrace` with these arguments to its end. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Starts `millrace server` on free ports with data of its own; it ends with `remove`. */
  startServer(): Promise<StartedServer>
  /** Starts `millrace serve MODEL …` on free ports; it ends with `remove`. */
  serve(args: readonly string[]): Promise<StartedServer>
  remove(): Promise<void>
}

/** Packs this checkout and installs the package. npm takes the package's dependencies from its registry or its cache. */
export function installPackage(): InstalledPackage {
  const environment = { ...process.env, MILLRACE_QUIET: '1', ONNXRUNTIME_NODE_INSTALL: 'skip' }
  execFileSync(process.execPath, [join(root, 'bin/tasks/pack.ts')], { stdio: 'pipe', env: environment })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string } // our own
  const folder = mkdtempSync(join(tmpdir(), 'millrace-packed-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const install = ['install', '--no-fund', '--no-audit', '--prefer-offline', '--loglevel=error']
  const tarball = join(root, 'dist', `millrace-${version}.tgz`)
  execFileSync('npm', [...install, tarball], { cwd: folder, stdio: 'pipe', env: environment })
  const millrace = join(folder, 'node_modules/.bin/millrace')
  const stops: (() => Promise<unknown>)[] = []
  const start = async (args: readonly string[]): Promise<StartedServer> => {
    const child = spawn(millrace, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    stops.push(() => (child.kill('SIGTERM'), ended))
    return Promise.race([
      readyOf(createInterface({ input: child.stdout })),
      ended.then(() => Promise.reject(new Error(`The packed ${args[0] ?? ''} did not start.`))),
    ])
  }
  return {
    folder,
    run: async (args, env = {}) => {
      const child = spawn(millrace, args, { cwd: folder, env: { ...process.env, ...env } })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
      const [exitCode] = (await once(child, 'close')) as [number | null] // ChildProcess' own event
      return { exitCode, said }
    },
    startServer: () => start(['server', '--port', '0', '--data-dir', join(folder, 'data')]),
    serve: (args) => start(['serve', ...args, '--port', '0']),
    remove: async () => {
      for (const stop of stops) await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The addresses of the line that says a server listens. */
async function readyOf(lines: AsyncIterable<string>): Promise<StartedServer> {
  for await (const line of lines) {
    const [, url, port] = /listens on (https?:\/\/\S+) \(predictions on port (\d+)/.exec(line) ?? []
    if (url !== undefined && port !== undefined) return { url, predictUrl: `http://127.0.0.1:${port}` }
  }
  throw new Error('The packed server ended without a word of its address.')
}
