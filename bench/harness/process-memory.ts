import { readdirSync, readFileSync } from 'node:fs'

/** Memory of a process and all its children in MiB: proportional set size, as Linux says it. */
export function memoryOf(pid: number): { mib: number; processes: { name: string; mib: number }[] } {
  if (process.platform !== 'linux') throw new Error('Only Linux says how memory is divided between processes.')
  const processes = [pid, ...childrenOf(pid)].map((each) => ({ name: nameOf(each), mib: pssMib(each) }))
  return { mib: processes.reduce((sum, each) => sum + each.mib, 0), processes }
}

function childrenOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number)
  return children.flatMap((child) => [child, ...childrenOf(child)])
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return undefined // it has ended meanwhile
  }
}

function pssMib(pid: number): number {
  const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
  return Number(pss) / 1024
}

function nameOf(pid: number): string {
  const parts = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const script = parts.find((part) => /\.[jt]s$/.test(part)) ?? parts.slice(0, 3).join(' ')
  return script.replace(/.*\/(?=[^/]+\/[^/]+\/[^/]+$)/, '')
}
