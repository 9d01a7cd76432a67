import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step } from './experiment-tracking.ts'
import { experimentTracking } from './experiment-tracking.ts'
import { findPython } from './programs.ts'

const stays = !process.argv.includes('--headless')
const folder = mkdtempSync(join(tmpdir(), 'millrace-experiment-tracking-'))
const interrupted = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()))
const startedMs = performance.now()

function say({ title, command, printed }: Step): void {
  console.log(`\n${title}\n  $ ${command}`)
  if (printed !== '') console.log(printed.replaceAll(/^/gm, '  '))
}

try {
  const program = await findPython()
  if (program === undefined)
    console.log('No Python with MLflow and scikit-learn is here, so only the TypeScript run is made.')
  const { url, runs, stop } = await experimentTracking(folder, { program, trials: 5 }, say)
  const pages = [
    ['the runs, their curves, side by side', '/experiments/rain-tomorrow'],
    ['the best run: params, code, data', `/experiments/rain-tomorrow/runs/${runs[0]?.id ?? ''}`],
    ['the model, its alias and who moved it', '/models/rain-tomorrow'],
    ['the data, version by version', '/datasets/seattle-weather'],
  ]
  console.log(`\n${runs.length} runs in ${((performance.now() - startedMs) / 1000).toFixed(1)} s. Where to look:`)
  for (const [what, path] of pages) console.log(`  ${url}/w/default${path}   ${what}`)
  if (stays) {
    console.log('Ctrl-C ends the server and removes what was made here.')
    await interrupted
  }
  await stop()
} catch (error) {
  console.error(`\nIt stopped: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
