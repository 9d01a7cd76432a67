/** A job that waits, as far as choosing needs to know it. */
export interface WaitingJob {
  readonly id: string
  readonly queue: string
  readonly group: string
  /** Its own and its queue's together. */
  readonly priority: number
  readonly cpu: number
  readonly memoryMb: number
  readonly submittedAtMs: number
}

/** A share that is taken. */
export interface TakenShare {
  readonly queue: string
  readonly group: string
  readonly cpu: number
  readonly memoryMb: number
}

/** Limits of a queue; 0 sets none. */
export interface QueueLimits {
  readonly cpu: number
  readonly memoryMb: number
  readonly maxJobs: number
}

export interface Choice {
  readonly waiting: readonly WaitingJob[]
  /** Shares of all workers: they fill the queues' limits and say who had how much. */
  readonly taken: readonly TakenShare[]
  readonly queues: ReadonlyMap<string, QueueLimits>
  /** What the asking worker has in all, and what of it is free. */
  readonly capacity: { readonly cpu: number; readonly memoryMb: number }
  readonly free: { readonly cpu: number; readonly memoryMb: number }
}

/**
 * Which waiting jobs start now. The higher priority goes first, then the group that has the fewest cores, then the
 * older. When the next in line does not fit the machine, nobody overtakes it, so that large jobs come to their turn;
 * a queue at its limit holds back its own jobs alone. A job that asks for more than the machine has gets all of it.
 */
export function chooseJobs(choice: Choice): string[] {
  const chosen: string[] = []
  const free = { ...choice.free }
  const shares = tally(choice.taken)
  let waiting = [...choice.waiting]
  while (waiting.length > 0) {
    const first = waiting.reduce((best, job) => (goesBefore(job, best, shares.cpuOfGroup) ? job : best))
    waiting = waiting.filter((job) => job !== first)
    if (!fitsQueue(first, choice.queues.get(first.queue), shares.ofQueue.get(first.queue))) continue
    const cpu = Math.min(first.cpu, choice.capacity.cpu)
    const memoryMb = Math.min(first.memoryMb, choice.capacity.memoryMb)
    // Binary fractions of cores may not add up to a whole one.
    if (cpu > free.cpu + 1e-9 || memoryMb > free.memoryMb) break
    free.cpu -= cpu
    free.memoryMb -= memoryMb
    add(shares, first)
    chosen.push(first.id)
  }
  return chosen
}

interface Shares {
  readonly cpuOfGroup: Map<string, number>
  readonly ofQueue: Map<string, { cpu: number; memoryMb: number; jobs: number }>
}

function tally(taken: readonly TakenShare[]): Shares {
  const shares: Shares = { cpuOfGroup: new Map(), ofQueue: new Map() }
  for (const share of taken) add(shares, share)
  return shares
}

function add(shares: Shares, share: TakenShare): void {
  shares.cpuOfGroup.set(share.group, (shares.cpuOfGroup.get(share.group) ?? 0) + share.cpu)
  const before = shares.ofQueue.get(share.queue) ?? { cpu: 0, memoryMb: 0, jobs: 0 }
  const { cpu, memoryMb, jobs } = before
  shares.ofQueue.set(share.queue, { cpu: cpu + share.cpu, memoryMb: memoryMb + share.memoryMb, jobs: jobs + 1 })
}

function goesBefore(a: WaitingJob, b: WaitingJob, cpuOfGroup: ReadonlyMap<string, number>): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority
  const [shareOfA, shareOfB] = [cpuOfGroup.get(a.group) ?? 0, cpuOfGroup.get(b.group) ?? 0]
  if (shareOfA !== shareOfB) return shareOfA < shareOfB
  return a.submittedAtMs === b.submittedAtMs ? a.id < b.id : a.submittedAtMs < b.submittedAtMs
}

function fitsQueue(
  job: WaitingJob,
  limits: QueueLimits | undefined,
  used: { cpu: number; memoryMb: number; jobs: number } = { cpu: 0, memoryMb: 0, jobs: 0 },
): boolean {
  if (limits === undefined) return true
  // A job larger than its queue runs when the queue is empty: refused for ever, it would only be forgotten.
  if (used.jobs === 0) return true
  if (limits.maxJobs > 0 && used.jobs >= limits.maxJobs) return false
  if (limits.cpu > 0 && used.cpu + job.cpu > limits.cpu + 1e-9) return false
  return limits.memoryMb === 0 || used.memoryMb + job.memoryMb <= limits.memoryMb
}
