import { tables } from '../db/database.ts'
import type { Logger } from 'pino'
import type { KernelTables } from '../actions/tables.ts'
import type { Database } from '../db/db.ts'

/** Work that Millrace does for itself from time to time; at most one process runs it at once. */
export interface Chore {
  readonly name: string
  readonly everyMs: number
  /** A cheap read that says whether a round would do anything; asked before the lease is taken. */
  due?(): Promise<boolean>
  /** Does one round. It must be safe to stop anywhere and to run again. */
  run(): Promise<void>
}

export interface ChoreRunner {
  start(): Promise<void>
  stop(): Promise<void>
  /** Runs one chore now, if no other process holds its lease. For tests and for drain. */
  runNow(name: string): Promise<boolean>
}

export interface ChoreDeps {
  readonly database: Database
  readonly chores: readonly Chore[]
  /** Names this process among those that share the store. */
  readonly holder: string
  readonly nowMs: () => number
  readonly log: Logger
}

const leaseMs = 60_000

/** Makes the runner: a lease row per chore, renewed while it runs, free again after a crash when it expires. */
export function createChoreRunner(deps: ChoreDeps): ChoreRunner {
  const timers = new Map<string, NodeJS.Timeout>()
  const running = new Map<string, Promise<boolean>>()

  const runOnce = (chore: Chore): Promise<boolean> => {
    const current = running.get(chore.name)
    if (current !== undefined) return current
    const round = runLeased(deps, chore).finally(() => running.delete(chore.name))
    running.set(chore.name, round)
    return round
  }
  const schedule = (chore: Chore): void => {
    const timer = setTimeout(() => {
      void runOnce(chore).finally(() => timers.has(chore.name) && schedule(chore))
    }, chore.everyMs)
    timers.set(chore.name, timer.unref())
  }
  return {
    start: async () => {
      // The only process of an embedded store owns every lease that a killed one left.
      if (deps.database.dialect === 'sqlite') await freeLeases(deps)
      for (const chore of deps.chores) schedule(chore)
    },
    stop: async () => {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
      await Promise.all(running.values())
    },
    runNow: async (name) => {
      const chore = deps.chores.find((candidate) => candidate.name === name)
      return chore === undefined ? false : runOnce(chore)
    },
  }
}

async function freeLeases(deps: ChoreDeps): Promise<void> {
  await deps.database.write(async (tx) => {
    await tables<KernelTables>(tx).updateTable('kernel_chore').set({ lease_until_ms: 0 }).execute()
  })
}

async function runLeased(deps: ChoreDeps, chore: Chore): Promise<boolean> {
  try {
    if (chore.due !== undefined && !(await chore.due())) return false
    if (!(await takeLease(deps, chore.name))) return false
    const renewal = setInterval(() => void setLease(deps, chore.name, leaseMs).catch(() => {}), leaseMs / 3)
    try {
      await chore.run()
    } finally {
      clearInterval(renewal)
      await setLease(deps, chore.name, 0)
    }
    return true
  } catch (error) {
    deps.log.error({ err: error, chore: chore.name }, 'a chore failed; it runs again at its next time')
    return false
  }
}

async function takeLease(deps: ChoreDeps, name: string): Promise<boolean> {
  return deps.database.write(async (tx) => {
    const db = tables<KernelTables>(tx)
    const nowMs = deps.nowMs()
    const row = await db.selectFrom('kernel_chore').selectAll().where('name', '=', name).executeTakeFirst()
    if (row !== undefined && row.lease_until_ms > nowMs && row.holder !== deps.holder) return false
    const lease = { holder: deps.holder, lease_until_ms: nowMs + leaseMs, last_run_at_ms: nowMs }
    await db
      .insertInto('kernel_chore')
      .values({ name, ...lease })
      .onConflict((c) => c.column('name').doUpdateSet(lease))
      .execute()
    return true
  })
}

async function setLease(deps: ChoreDeps, name: string, forMs: number): Promise<void> {
  await deps.database.write(async (tx) => {
    await tables<KernelTables>(tx)
      .updateTable('kernel_chore')
      .set({ lease_until_ms: deps.nowMs() + forMs })
      .where('name', '=', name)
      .where('holder', '=', deps.holder)
      .execute()
  })
}
