import { setTimeout as wait } from 'node:timers/promises'
import { httpClient } from './harness/http-load.ts'
import { memoryOf } from './harness/process-memory.ts'
import { report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'
import { startServer } from './harness/server-process.ts'

// Proportional set size of the server and all its children, before anything is deployed.
const settleMs = 5000

await withScratch(async (dataDir) => {
  const server = await startServer(dataDir)
  const client = httpClient(1)
  await client.send('GET', `${server.url}/health`)
  await wait(settleMs)
  const { mib, processes } = memoryOf(server.pid)
  const rows = processes.map((each) => [each.name, `${each.mib.toFixed(1)} MiB`])
  report('Idle memory before the first deployment', ['process', 'PSS'], [...rows, ['all', `${mib.toFixed(1)} MiB`]])
  client.close()
  await server.stop()
})
