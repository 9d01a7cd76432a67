import { execFile } from 'node:child_process'
import { readFile, statfs } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const mebibyte = 2 ** 20
const megabyte = 1e6

type Readings = Record<string, number>

/** Gives what the machine did since the last call, under the names of MLflow's system metrics; what cannot be read is left out. */
export function machineSampler(): () => Promise<Readings> {
  let before = { cpu: cpuTimes(), process: process.cpuUsage(), network: undefined as Network | undefined, atMs: now() }
  let hasGpu = true
  return async () => {
    const after = { cpu: cpuTimes(), process: process.cpuUsage(), network: await networkBytes(), atMs: now() }
    const gpu = hasGpu ? await gpuReadings() : undefined
    hasGpu = gpu !== undefined
    const readings = {
      ...cpuReadings(before.cpu, after.cpu),
      ...memoryReadings(),
      ...(await diskReadings()),
      ...networkReadings(before.network, after.network),
      ...gpu,
      'system/process_cpu_percentage': processShare(before, after),
    }
    before = after
    return readings
  }
}

const now = () => performance.now()

interface Usage {
  readonly process: { readonly user: number; readonly system: number }
  readonly atMs: number
}

/** 100 is one whole core. */
function processShare(before: Usage, after: Usage): number {
  const usedUs = after.process.user + after.process.system - before.process.user - before.process.system
  return usedUs / 10 / Math.max(1, after.atMs - before.atMs)
}

function cpuTimes(): { busy: number; all: number } {
  let [busy, all] = [0, 0]
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.irq + times.idle
    all += sum
    busy += sum - times.idle
  }
  return { busy, all }
}

function cpuReadings(before: ReturnType<typeof cpuTimes>, after: ReturnType<typeof cpuTimes>): Readings {
  if (after.all <= before.all) return {}
  return { 'system/cpu_utilization_percentage': ((after.busy - before.busy) / (after.all - before.all)) * 100 }
}

function memoryReadings(): Readings {
  const used = totalmem() - freemem()
  return {
    'system/system_memory_usage_megabytes': used / megabyte,
    'system/system_memory_usage_percentage': (used / totalmem()) * 100,
    'system/process_memory_megabytes': process.memoryUsage().rss / megabyte,
  }
}

async function diskReadings(): Promise<Readings> {
  const disk = await statfs(process.cwd()).catch(() => undefined)
  if (disk === undefined || disk.blocks === 0) return {}
  const used = disk.blocks - disk.bfree
  return {
    'system/disk_usage_percentage': (used / (used + disk.bavail)) * 100,
    'system/disk_usage_megabytes': (used * disk.bsize) / megabyte,
    'system/disk_available_megabytes': (disk.bavail * disk.bsize) / megabyte,
  }
}

interface Network {
  readonly received: number
  readonly sent: number
}

/** Linux alone says it in a file; nothing elsewhere. */
async function networkBytes(): Promise<Network | undefined> {
  const text = await readFile('/proc/net/dev', 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  let [received, sent] = [0, 0]
  for (const line of text.split('\n').slice(2)) {
    const [name, counts = ''] = line.trim().split(':')
    const columns = counts.trim().split(/\s+/).map(Number)
    if (name === 'lo' || columns.length < 9) continue
    received += columns[0] ?? 0
    sent += columns[8] ?? 0
  }
  return { received, sent }
}

function networkReadings(before: Network | undefined, after: Network | undefined): Readings {
  if (before === undefined || after === undefined) return {}
  return {
    'system/network_receive_megabytes': (after.received - before.received) / megabyte,
    'system/network_transmit_megabytes': (after.sent - before.sent) / megabyte,
  }
}

/** Undefined where there is no `nvidia-smi`. */
async function gpuReadings(): Promise<Readings | undefined> {
  const fields = 'index,utilization.gpu,memory.used,memory.total,power.draw'
  const args = [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']
  const answer = await run('nvidia-smi', args, { timeout: 5000 }).catch(() => undefined)
  if (answer === undefined) return undefined
  const readings: Readings = {}
  for (const line of answer.stdout.trim().split('\n')) {
    const [index = 0, utilization = Number.NaN, used = Number.NaN, total = Number.NaN, watts = Number.NaN] = line
      .split(',')
      .map(Number)
    const of = (name: string) => `system/gpu_${index}_${name}`
    readings[of('utilization_percentage')] = utilization
    readings[of('memory_usage_megabytes')] = (used * mebibyte) / megabyte
    readings[of('memory_usage_percentage')] = (used / total) * 100
    readings[of('power_usage_watts')] = watts
  }
  return Object.fromEntries(Object.entries(readings).filter(([, value]) => Number.isFinite(value)))
}
