import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { httpClient } from './harness/http-load.ts'
import { milliseconds, report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'
import { startServer } from './harness/server-process.ts'

// Three million flights: uploaded, then registered, which counts the rows and profiles every column.
const flights = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')))
const runs = 3

await withScratch(async (dataDir) => {
  const server = await startServer(dataDir)
  const client = httpClient(1)
  const rows: string[][] = []
  for (let run = 1; run <= runs; run += 1) {
    const dataset = `${server.url}/api/millrace/v1/w/default/datasets/flights-${run}`
    await client.send('PUT', dataset, {})
    const startedAt = performance.now()
    const answer = await client.send('POST', `${dataset}/uploads?path=flights.parquet`, createReadStream(flights))
    const uploadedAt = performance.now()
    const { digest } = JSON.parse(answer) as { digest: string } // as the API answers
    const version = await client.send('POST', `${dataset}/versions`, { files: [{ path: 'flights.parquet', digest }] })
    const { rowCount, columns } = JSON.parse(version) as { rowCount: number; columns: unknown[] } // as above
    const profiled = milliseconds(performance.now() - uploadedAt)
    const cells = [rowCount.toLocaleString('en-US'), String(columns.length)]
    rows.push([String(run), ...cells, milliseconds(uploadedAt - startedAt), profiled])
  }
  report('Registering the flights', ['run', 'rows', 'columns', 'upload', 'register with profile'], rows)
  client.close()
  await server.stop()
})
