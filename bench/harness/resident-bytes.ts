import { readdir, readFile } from 'node:fs/promises'

/** Proportional set size of a process and all below it, in bytes (Linux). */
export async function residentBytes(pid: number): Promise<number> {
  const processes = await parents()
  let total = 0
  for (
    let next = [pid];
    next.length > 0;
    next = [...processes].filter(([, parent]) => next.includes(parent)).map(([id]) => id)
  ) {
    for (const id of next) total += await pssOf(id)
  }
  return total
}

async function parents(): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    const parent = /\) \S+ (\d+)/.exec(stat)?.[1]
    if (parent !== undefined) found.set(Number(name), Number(parent))
  }
  return found
}

async function pssOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss: +(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
}
