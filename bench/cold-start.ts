import { httpClient } from './harness/http-load.ts'
import { milliseconds, report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'
import { startServer } from './harness/server-process.ts'

// From the start of the process to the first answer of /health, with a data directory that is there already.
const runs = 10

await withScratch(async (dataDir) => {
  const first = await startServer(dataDir)
  const client = httpClient(1)
  await client.send('POST', `${first.url}/api/millrace/v1/w/default/runs`, { experiment: 'bench' })
  await first.stop()
  const tookMs: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const startedAt = performance.now()
    const server = await startServer(dataDir)
    await client.send('GET', `${server.url}/health`)
    tookMs.push(performance.now() - startedAt)
    await server.stop()
  }
  client.close()
  const sorted = tookMs.toSorted((a, b) => a - b)
  const [fastest = 0, slowest = 0, median = 0] = [sorted[0], sorted.at(-1), sorted[Math.floor(runs / 2)]]
  report(
    'Cold start to /health',
    ['runs', 'median', 'fastest', 'slowest'],
    [[String(runs), milliseconds(median), milliseconds(fastest), milliseconds(slowest)]],
  )
})
