import type { Guard, Runtime } from '@millrace/kernel'
import { problem } from '../../model/problems.ts'
import { storeOf } from '../../store/tracking.ts'
import type { Limited, Quota, Used } from '../model/retention.ts'
import { exceededBy, wordsOf } from '../model/retention.ts'
import { dayOf } from '../store/usage-rows.ts'

/** Limits and what is used are read again after this time; in between this process counts what it lets in itself. */
const freshMs = 60_000
/** Points are written down so often; a crash forgets those counted since, never the points. */
const writeDownMs = 5000

interface Known {
  readonly quota: Quota | null
  readonly used: { -readonly [K in Limited]: number }
  readonly day: number
  readonly readAtMs: number
}

/**
 * Refuses what a workspace's quota does not allow. It never makes a writer wait: several processes, or the minute before
 * new limits are known everywhere, may let in more than the limit by what they write in that time.
 */
export interface QuotaGate {
  /** Throws `quota-exceeded` when `more` would be too much; else counts it. */
  admit(workspace: string, limit: Limited, more: number): void
  /** Throws `quota-exceeded` when nothing more fits, or not so much (default 1). Counts nothing. */
  refuseWhenFull(workspace: string, limit: Limited, more?: number): void
  /** Reads limits and figures anew. */
  refresh(workspace: string): Promise<void>
  /** Writes the points counted so far down. */
  writeDown(): Promise<void>
  stop(): Promise<void>
}

const gates = new WeakMap<Runtime, QuotaGate>()

/** The gate of one server. */
export function quotaGateOf(runtime: Runtime): QuotaGate {
  const known = gates.get(runtime)
  if (known !== undefined) return known
  const gate = createGate(runtime)
  gates.set(runtime, gate)
  return gate
}

/** The vetoes by which runs and points are counted in the transactions that write them. */
export function quotaGuards(runtime: Runtime): Readonly<Record<string, Guard>> {
  const gate = quotaGateOf(runtime)
  return {
    'experiment-tracking.create-run': async ({ workspace }) => gate.admit(workspace, 'runs', 1),
    'experiment-tracking.log-points': async ({ workspace }, points) => {
      if (typeof points === 'number') gate.admit(workspace, 'pointsPerDay', points)
    },
  }
}

function createGate(runtime: Runtime): QuotaGate {
  const { nowMs, database, log } = runtime
  const known = new Map<string, Known>()
  const reading = new Map<string, Promise<void>>()
  const counter = pointCounter(runtime)
  const read = async (workspace: string): Promise<void> => {
    const { usage } = storeOf(database.reader, workspace)
    const quota = await usage.quota()
    const day = dayOf(nowMs())
    const used = quota === null ? { artifactBytes: 0, runs: 0, pointsPerDay: 0 } : await usedBy(usage, day)
    known.set(workspace, {
      quota,
      used: { ...used, pointsPerDay: used.pointsPerDay + counter.waiting(workspace, day) },
      day,
      readAtMs: nowMs(),
    })
  }
  const refresh = (workspace: string): Promise<void> => {
    const current = reading.get(workspace)
    if (current !== undefined) return current
    const mine = read(workspace).finally(() => reading.delete(workspace))
    reading.set(workspace, mine)
    return mine
  }
  const current = (workspace: string): Known | undefined => {
    const found = known.get(workspace)
    const isFresh = found !== undefined && nowMs() - found.readAtMs < freshMs && found.day === dayOf(nowMs())
    if (!isFresh) {
      void refresh(workspace).catch((error: unknown) => log.warn({ err: error }, 'a quota could not be read'))
    }
    return found
  }
  const refuse = (found: Known, limit: Limited, more: number) => {
    const allowed = exceededBy(found.quota, found.used, limit, more)
    if (allowed !== undefined)
      throw problem['quota-exceeded']({ what: wordsOf(limit), allowed, used: found.used[limit] })
  }
  return {
    admit: (workspace, limit, more) => {
      const found = current(workspace)
      if (found !== undefined && found.quota !== null) {
        refuse(found, limit, more)
        found.used[limit] += more
      }
      if (limit === 'pointsPerDay') counter.add(workspace, more)
    },
    refuseWhenFull: (workspace, limit, more = 1) => {
      const found = current(workspace)
      if (found !== undefined) refuse(found, limit, more)
    },
    refresh: async (workspace) => {
      await reading.get(workspace)
      await refresh(workspace)
    },
    writeDown: counter.writeDown,
    stop: counter.stop,
  }
}

/** What a workspace holds now, and has logged today. */
export async function usedBy(
  usage: ReturnType<typeof storeOf>['usage'],
  day: number,
): Promise<{ -readonly [K in keyof Used]: Used[K] }> {
  const [artifacts, runs] = [await usage.artifacts(), await usage.runs()]
  return {
    artifactBytes: artifacts.bytes,
    runs: runs.active + runs.deleted,
    pointsPerDay: await usage.pointsOn(day),
  }
}

/** Counts points in memory and writes them down now and then: a row per request would cost as much as the points. */
function pointCounter({ database, nowMs, log }: Runtime) {
  const counts = new Map<string, { workspace: string; day: number; points: number }>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const write = async () => {
    const taken = [...counts.values()]
    counts.clear()
    if (taken.length === 0) return
    try {
      await database.write(async (tx) => {
        for (const { workspace, day, points } of taken) await storeOf(tx, workspace).usage.addPoints(day, points)
      })
    } catch (error) {
      log.warn({ err: error }, 'counts of points could not be written; they are counted again')
      for (const { workspace, day, points } of taken) add(workspace, day, points)
    }
  }
  const add = (workspace: string, day: number, points: number) => {
    const key = `${day} ${workspace}`
    const found = counts.get(key)
    if (found === undefined) counts.set(key, { workspace, day, points })
    else found.points += points
  }
  const writeDown = () => (writing = writing.then(write))
  return {
    add: (workspace: string, points: number) => {
      add(workspace, dayOf(nowMs()), points)
      timer ??= setTimeout(() => {
        timer = undefined
        void writeDown()
      }, writeDownMs).unref()
    },
    waiting: (workspace: string, day: number) => counts.get(`${day} ${workspace}`)?.points ?? 0,
    writeDown,
    stop: async () => {
      clearTimeout(timer)
      await writeDown()
    },
  }
}
