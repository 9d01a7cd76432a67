import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const lookEveryMs = 5000
/** A loop that was busy for less than this share of the time has nothing to do. */
const idleShare = 0.02
/** Growth that is worth a collection. */
const worthBytes = 16 * 1024 * 1024

/**
 * Gives the heap that a burst of work left behind back to the system once the process is idle: V8 collects as it
 * allocates, so that an idle process would keep it for ever. Returns what ends the watch.
 */
export function returnMemoryWhenIdle(): () => void {
  let before = performance.eventLoopUtilization()
  let reached = 0
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    const { heapTotal } = process.memoryUsage()
    if (utilization > idleShare || heapTotal - reached < worthBytes) return
    collect()
    reached = process.memoryUsage().heapTotal
  }, lookEveryMs).unref()
  return () => clearInterval(timer)
}

let collector: (() => void) | undefined

function collect(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc')
    collector = runInNewContext('gc') as () => void // what V8 names so once the flag is set
  }
  collector()
}
