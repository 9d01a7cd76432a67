import { existsSync, globSync, statSync } from 'node:fs'
import { root } from './root.ts'
import { runCommand, tool } from './run-command.ts'
import { sayStep, seconds } from './say-step.ts'

const built = 'apps/web/dist/index.html'
const sources = [
  'apps/web',
  'base/ui',
  'base/contract',
  'domains/*/web',
  'domains/*/contract.ts',
  'domains/*/client.ts',
  'pnpm-lock.yaml',
]

/** Builds the pages into `apps/web/dist` unless nothing they are made of is newer. Throws what Vite said when it fails. */
export async function buildWeb(): Promise<void> {
  if (existsSync(root + built) && newestSourceMs() <= statSync(root + built).mtimeMs) {
    sayStep('pages', 'up to date')
    return
  }
  const ran = await runCommand(tool('vite'), ['build', 'apps/web', '--logLevel=warn'])
  if (ran.exitCode !== 0) throw new Error(`The pages do not build. Vite said:\n${ran.said}`)
  sayStep('pages', `built in ${seconds(ran.tookMs)}`)
}

function newestSourceMs(): number {
  const files = globSync(
    sources.flatMap((source) => [source, `${source}/**/*`]),
    { cwd: root, exclude: ['**/node_modules', '**/dist'] },
  )
  return Math.max(...files.map((file) => statSync(root + file).mtimeMs))
}

if (import.meta.main) {
  try {
    await buildWeb()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
