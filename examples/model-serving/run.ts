import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step } from './model-serving.ts'
import { modelServing } from './model-serving.ts'

const stays = !process.argv.includes('--headless')
const folder = mkdtempSync(join(tmpdir(), 'millrace-model-serving-'))
const interrupted = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()))
const startedMs = performance.now()

function say({ title, command, printed }: Step): void {
  console.log(`\n${title}\n  $ ${command}`)
  if (printed !== '') console.log(printed.replaceAll(/^/gm, '  '))
}

try {
  const { url, shown, stop } = await modelServing(folder, say)
  console.log(`\nWhat was shown, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s:`)
  const width = Math.max(...shown.map(({ what }) => what.length))
  for (const { what, outcome } of shown) console.log(`  ${what.padEnd(width)}  ${outcome}`)
  console.log(`\nWhere to look:\n  ${url}/w/default/endpoints/late-flights   traffic, guardrails, answers`)
  console.log(`  ${url}/w/default/models/late-flights   versions, the alias and who moved it`)
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
