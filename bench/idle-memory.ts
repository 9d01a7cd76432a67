import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { httpClient } from './harness/http-load.ts'
import { report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'
import { startServer } from './harness/server-process.ts'

// Proportional set size of the server and all its children, before anything is deployed. Linux alone says it.
const settleMs = 5000

function childrenOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]
        return Number(parent) === pid ? [Number(name)] : []
      } catch {
        return [] // it has ended meanwhile
      }
    })
  return parents.flatMap((child) => [child, ...childrenOf(child)])
}

function pssMb(pid: number): number {
  const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
  return Number(pss) / 1024
}

const nameOf = (pid: number) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .find((part) => /\.[jt]s$/.test(part))
    ?.replace(/.*\/(?=[^/]+\/[^/]+\/[^/]+$)/, '') ?? 'unknown'

if (process.platform !== 'linux') throw new Error('Only Linux says how memory is divided between processes.')
await withScratch(async (dataDir) => {
  const server = await startServer(dataDir)
  const client = httpClient(1)
  await client.send('GET', `${server.url}/health`)
  await wait(settleMs)
  const pids = [server.pid, ...childrenOf(server.pid)]
  const rows = pids.map((pid) => [nameOf(pid), `${pssMb(pid).toFixed(1)} MiB`])
  const total = pids.reduce((sum, pid) => sum + pssMb(pid), 0)
  report('Idle memory before the first deployment', ['process', 'PSS'], [...rows, ['all', `${total.toFixed(1)} MiB`]])
  client.close()
  await server.stop()
})
