import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secondLoop } from './second-loop.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-second-loop-'))
const startedMs = performance.now()
try {
  const say = ({ decided, because }: { decided: string; because: string }) => console.log(`→ ${decided}: ${because}`)
  await secondLoop(folder, say)
  console.log(`The loop is closed, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
