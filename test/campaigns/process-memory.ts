import { readdirSync, readFileSync } from 'node:fs'

/** Memory of a process and all below it in MiB: proportional set size, as Linux says it. */
export function memoryMib(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + pssMib(each), 0)
}

/** Files, sockets and pipes that a process and all below it hold open. */
export function openHandles(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + namesIn(`/proc/${each}/fd`).length, 0)
}

function treeOf(pid: number): number[] {
  const parents = namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name) }))
  const below = (of: number): number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...below(child.pid)])
  return [pid, ...below(pid)]
}

function parentOf(pid: string): number | undefined {
  return Number(/\) \S (\d+)/.exec(textOf(`/proc/${pid}/stat`))?.[1])
}

function pssMib(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024
}

// A process may end while it is looked at.
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
