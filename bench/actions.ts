import { closedLoop, httpClient } from './harness/http-load.ts'
import { withPostgres } from './harness/postgres.ts'
import { count, milliseconds, report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'
import { startServer } from './harness/server-process.ts'

// "Create a run" through HTTP: permission, one durable transaction with state, event, audit record and edges, answer.
const totals: Readonly<Record<number, number>> = { 1: 1500, 32: 6000 }

async function measure(store: string, flags: readonly string[]): Promise<string[][]> {
  return withScratch(async (dataDir) => {
    const server = await startServer(dataDir, flags)
    const rows: string[][] = []
    const url = `${server.url}/api/millrace/v1/w/default/runs`
    for (const connections of [1, 32]) {
      const client = httpClient(connections)
      await client.send('POST', url, { experiment: 'bench' })
      const { medianMs, p99Ms, perSecond } = await closedLoop(connections, totals[connections] ?? 1000, () =>
        client.send('POST', url, { experiment: 'bench', params: { learning_rate: '0.1' } }),
      )
      rows.push([store, String(connections), milliseconds(medianMs), milliseconds(p99Ms), count(perSecond)])
      client.close()
    }
    await server.stop()
    return rows
  })
}

const sqlite = await measure('SQLite', [])
const postgres = await withPostgres((databaseUrl) => measure('PostgreSQL', ['--database-url', databaseUrl]))
report(
  'An action (create a run) through HTTP',
  ['store', 'connections', 'median', 'p99', 'actions/s'],
  [...sqlite, ...postgres],
)
