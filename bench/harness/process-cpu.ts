import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100

/** Processor time in seconds that a process and all its children have taken, by the script that each runs. */
export function cpuOf(pid: number): { readonly seconds: number; readonly processes: readonly ProcessCpu[] } {
  const parents = new Map<number, number[]>()
  const own = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const fields = fieldsOf(name)
    if (fields === undefined) continue
    const parent = Number(fields[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
    own.set(Number(name), (Number(fields[11]) + Number(fields[12])) / ticksPerSecond)
  }
  const all = (of: number): number[] => [of, ...(parents.get(of) ?? []).flatMap(all)]
  const processes = all(pid).map((each) => ({ pid: each, name: nameOf(each), seconds: own.get(each) ?? 0 }))
  return { seconds: processes.reduce((sum, { seconds }) => sum + seconds, 0), processes }
}

export interface ProcessCpu {
  readonly pid: number
  readonly name: string
  readonly seconds: number
}

/** The fields of `/proc/<pid>/stat` behind the command; undefined when the process has ended meanwhile. */
function fieldsOf(pid: string): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
  } catch {
    return undefined
  }
}

function nameOf(pid: number): string {
  try {
    const parts = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return parts.find((part) => /\.(?:[jt]s|py)$/.test(part))?.replace(/.*\//, '') ?? parts[0] ?? ''
  } catch {
    return ''
  }
}
