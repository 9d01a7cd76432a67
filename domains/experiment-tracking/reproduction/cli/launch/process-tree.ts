import { readdir, readFile } from 'node:fs/promises'
import { outputOf } from '../capture/run-program.ts'

/** A process as the system counts it. `cpuMs` is since it started. */
export interface ProcessFigures {
  readonly pid: number
  readonly parentPid: number
  readonly cpuMs: number
  readonly memoryBytes: number
}

// Linux counts processor time for programs in hundredths of a second on every machine (USER_HZ).
const msPerTick = 10

/** The figures of a process and of all that it started, at this moment. */
export async function processTree(pid: number): Promise<ProcessFigures[]> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs()
  const children = Map.groupBy(all, ({ parentPid }) => parentPid)
  const found: ProcessFigures[] = []
  const waiting = all.filter((one) => one.pid === pid)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    found.push(next)
    waiting.push(...(children.get(next.pid) ?? []))
  }
  return found
}

async function fromProc(): Promise<ProcessFigures[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(readProcess))
  return found.filter((one) => one !== undefined)
}

async function readProcess(pid: string): Promise<ProcessFigures | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/status`, 'latin1'),
    ])
    // The name is in parentheses and may hold anything, so the fields are counted from its end: state, parent, ….
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    return {
      pid: Number(pid),
      parentPid: Number(fields[1]),
      cpuMs: ticks * msPerTick,
      memoryBytes: kibibytes * 1024,
    }
  } catch {
    // It has ended in the meantime.
    return undefined
  }
}

async function fromPs(): Promise<ProcessFigures[]> {
  const answer = await outputOf('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='], { timeoutMs: 5000 })
  return (answer?.text ?? '').split('\n').flatMap((line) => {
    const [pid, parentPid, kibibytes, time] = line.trim().split(/\s+/)
    if (time === undefined) return []
    const seconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0)
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        cpuMs: seconds * 1000,
        memoryBytes: Number(kibibytes) * 1024,
      },
    ]
  })
}
