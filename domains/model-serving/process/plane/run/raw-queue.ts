import { planeProblem } from '../plane-problems.ts'

/** Lets so many requests that a model reads itself be under way at once; the others wait in their order. */
export interface RawQueue {
  /** Resolves when it is the request's turn, which `leave` ends. Rejects with `busy`, or when `signal` says so before. */
  enter(signal: AbortSignal): Promise<void>
  leave(): void
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

/** Makes the queue of one deployment. */
export function createRawQueue(parallel: number, maxWaiting = 4096): RawQueue {
  const waiting = new Set<() => void>()
  let underWay = 0
  let idle: (() => void)[] = []
  return {
    enter: (signal) => {
      if (underWay < parallel) {
        underWay += 1
        return Promise.resolve()
      }
      if (waiting.size >= maxWaiting) return Promise.reject(planeProblem.busy({}))
      return new Promise((resolve, reject) => {
        const mine = () => {
          underWay += 1
          signal.removeEventListener('abort', gone)
          resolve()
        }
        const gone = () => {
          waiting.delete(mine)
          reject(signal.reason as Error) // the one who aborts gives a Problem
        }
        signal.addEventListener('abort', gone, { once: true })
        waiting.add(mine)
      })
    },
    leave: () => {
      underWay -= 1
      const [next] = waiting
      if (next !== undefined) {
        waiting.delete(next)
        next()
      } else if (underWay === 0) {
        for (const resolve of idle) resolve()
        idle = []
      }
    },
    idle: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  }
}
