import { readFile, statfs } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import { askNvidia } from '../capture/hardware.ts'
import type { ProcessFigures } from './process-tree.ts'
import { processTree } from './process-tree.ts'
import type { Point } from './run-client.ts'

const bytesPerMegabyte = 1_000_000

export interface SamplingOptions {
  readonly pid: number
  readonly cwd: string
  readonly everyMs: number
  readonly hasGpu: boolean
  readonly send: (points: readonly Point[]) => Promise<void>
}

interface Counters {
  readonly atMs: number
  readonly busyMs: number
  readonly allMs: number
  readonly network: { readonly received: number; readonly sent: number } | undefined
  readonly tree: readonly ProcessFigures[]
}

type Figures = Record<string, number>

/**
 * Samples the machine and a process with all that it started, until it is ended; every sample is one step. Names and units
 * are those of MLflow's system metrics (megabytes are 10^6 bytes; network since the start), and
 * `system/process_cpu_percentage` (100 is one core) and `system/process_memory_megabytes` for the processes of the run.
 */
export function sampleSystem(options: SamplingOptions): { end: () => Promise<void> } {
  let step = 0
  let before: Counters | undefined
  let first: Counters | undefined
  let working = Promise.resolve()
  const sample = async () => {
    const now = await count(options.pid)
    const figures = { ...(await standing(options)), ...moving(first, before, now) }
    first ??= now
    before = now
    const timestampMs = now.atMs
    await options.send(
      Object.entries(figures).map(([name, value]) => ({ key: `system/${name}`, value, step, timestampMs })),
    )
    step += 1
  }
  const next = () => (working = working.then(sample).catch(() => undefined))
  void next()
  const timer = setInterval(() => void next(), options.everyMs)
  return {
    end: async () => {
      clearInterval(timer)
      await working
    },
  }
}

async function count(pid: number): Promise<Counters> {
  const times = cpus().map((core) => core.times)
  const allMs = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  const idleMs = times.reduce((sum, { idle }) => sum + idle, 0)
  const [network, tree] = await Promise.all([networkBytes(), processTree(pid)])
  return { atMs: Date.now(), busyMs: allMs - idleMs, allMs, network, tree }
}

/** What is worked out from two samples: shares of time, bytes since the start. */
function moving(first: Counters | undefined, before: Counters | undefined, now: Counters): Figures {
  const memoryBytes = now.tree.reduce((sum, one) => sum + one.memoryBytes, 0)
  const figures: Figures = { process_memory_megabytes: memoryBytes / bytesPerMegabyte }
  if (before !== undefined && now.allMs > before.allMs && now.atMs > before.atMs) {
    figures['cpu_utilization_percentage'] = (100 * (now.busyMs - before.busyMs)) / (now.allMs - before.allMs)
    figures['process_cpu_percentage'] = (100 * cpuMsBetween(before.tree, now.tree)) / (now.atMs - before.atMs)
  }
  if (first?.network !== undefined && now.network !== undefined) {
    figures['network_receive_megabytes'] = (now.network.received - first.network.received) / bytesPerMegabyte
    figures['network_transmit_megabytes'] = (now.network.sent - first.network.sent) / bytesPerMegabyte
  }
  return figures
}

/** Processor time of the processes that are there now; what a process used before it ended is not known any more. */
function cpuMsBetween(before: readonly ProcessFigures[], now: readonly ProcessFigures[]): number {
  const known = new Map(before.map((one) => [one.pid, one.cpuMs]))
  return now.reduce((sum, one) => sum + Math.max(0, one.cpuMs - (known.get(one.pid) ?? 0)), 0)
}

async function standing({ cwd, hasGpu }: SamplingOptions): Promise<Figures> {
  const [free, disk, cards] = await Promise.all([availableBytes(), statfs(cwd), hasGpu ? gpuFigures() : {}])
  const used = totalmem() - free
  const diskBytes = disk.blocks * disk.bsize
  const diskFree = disk.bavail * disk.bsize
  const diskUsed = diskBytes - disk.bfree * disk.bsize
  return {
    system_memory_usage_megabytes: used / bytesPerMegabyte,
    system_memory_usage_percentage: (100 * used) / totalmem(),
    disk_usage_megabytes: diskUsed / bytesPerMegabyte,
    disk_available_megabytes: diskFree / bytesPerMegabyte,
    ...(diskUsed + diskFree > 0 ? { disk_usage_percentage: (100 * diskUsed) / (diskUsed + diskFree) } : {}),
    ...cards,
  }
}

/** Memory that programs could have: Linux counts what its caches would give back. */
async function availableBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'latin1').catch(() => '')
  const kibibytes = /^MemAvailable:\s+(\d+)/m.exec(text)?.[1]
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024
}

async function networkBytes(): Promise<Counters['network']> {
  const text = await readFile('/proc/net/dev', 'latin1').catch(() => undefined)
  if (text === undefined) return undefined
  const rows = text.split('\n').flatMap((line) => {
    const [name, figures] = line.split(':')
    return figures === undefined || name?.trim() === 'lo' ? [] : [figures.trim().split(/\s+/).map(Number)]
  })
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0)
  return { received: sum(0), sent: sum(8) }
}

async function gpuFigures(): Promise<Figures> {
  const fields = ['memory.used', 'memory.total', 'utilization.gpu', 'power.draw', 'power.limit']
  const figures: Figures = {}
  for (const [index, row] of (await askNvidia(fields)).entries()) {
    const [used = NaN, total = NaN, busy = NaN, watts = NaN, mostWatts = NaN] = row.map(Number)
    const card: Figures = {
      memory_usage_megabytes: (used * 1_048_576) / bytesPerMegabyte,
      memory_usage_percentage: (100 * used) / total,
      utilization_percentage: busy,
      power_usage_watts: watts,
      power_usage_percentage: (100 * watts) / mostWatts,
    }
    const measured = Object.entries(card).filter(([, value]) => Number.isFinite(value))
    for (const [name, value] of measured) figures[`gpu_${index}_${name}`] = value
  }
  return figures
}
