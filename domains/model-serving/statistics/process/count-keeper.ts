import type { Database } from '@millrace/kernel/db'
import type { DeploymentCounts, ShadowComparison } from '../../model/plane-snapshot.ts'
import { servingOverview } from '../../store/serving-overview.ts'
import type { Figures } from '../model/counts-since.ts'
import { addFigures, addShadows, figuresSince, shadowSince } from '../model/counts-since.ts'
import { forgetMinutes, minuteStore } from '../store/minutes.ts'
import { shadowStore } from '../store/shadows.ts'

/** Keeps what deployments do, minute by minute, in the store. */
export interface CountKeeper {
  /** Takes a data-plane process's counts since it started. `pid` tells one process from the one that follows it. */
  take(pid: number, counts: readonly DeploymentCounts[]): void
  /** Writes what came since the last call. */
  flush(): Promise<void>
  /** Removes what is too old to keep. */
  forget(): Promise<void>
}

const minute = 60_000
/** A week of minutes: a page shows days, longer spans are for the metrics system. */
const keptMs = 7 * 24 * 3_600_000

interface Pending {
  readonly deploymentId: string
  readonly minuteMs: number
  figures: Figures
}

/** Makes the keeper. At most the time between two flushes is lost when the server is killed. */
export function createCountKeeper(options: { readonly database: Database; readonly nowMs: () => number }): CountKeeper {
  const last = new Map<number, Map<string, DeploymentCounts>>()
  const pending = new Map<string, Pending>()
  const shadows = new Map<string, ShadowComparison>()
  const takeOne = (counts: DeploymentCounts, earlier: DeploymentCounts | undefined) => {
    const { deploymentId } = counts
    const minuteMs = Math.floor(options.nowMs() / minute) * minute
    const figures = figuresSince(counts, earlier)
    const key = `${deploymentId} ${minuteMs}`
    const known = pending.get(key)
    if (known === undefined) pending.set(key, { deploymentId, minuteMs, figures })
    else known.figures = addFigures(known.figures, figures)
    if (counts.shadow === undefined) return
    const more = shadowSince(counts.shadow, earlier?.shadow)
    const before = shadows.get(deploymentId)
    shadows.set(deploymentId, before === undefined ? more : addShadows(before, more))
  }
  return {
    take: (pid, counts) => {
      const known = last.get(pid) ?? new Map<string, DeploymentCounts>()
      last.set(pid, known)
      for (const one of counts) {
        takeOne(one, known.get(one.deploymentId))
        known.set(one.deploymentId, one)
      }
      // A process that is gone says nothing more.
      if (last.size > 64) last.delete([...last.keys()][0] ?? pid)
    },
    flush: async () => {
      if (pending.size === 0 && shadows.size === 0) return
      const [minutes, compared] = [[...pending.values()], [...shadows]]
      pending.clear()
      shadows.clear()
      await write(options, minutes, compared)
    },
    forget: () => options.database.write((tx) => forgetMinutes(tx, options.nowMs() - keptMs)),
  }
}

async function write(
  { database, nowMs }: { readonly database: Database; readonly nowMs: () => number },
  minutes: readonly Pending[],
  compared: readonly (readonly [string, ShadowComparison])[],
): Promise<void> {
  const ids = [...new Set([...minutes.map(({ deploymentId }) => deploymentId), ...compared.map(([id]) => id)])]
  await database.write(async (tx) => {
    // Those of registered models without an endpoint are nobody's deployment, and not kept.
    const rows = await servingOverview(tx).deployments(ids)
    for (const { workspace, endpoint, id, version } of rows) {
      const ofOne = minutes.filter(({ deploymentId }) => deploymentId === id)
      for (const { minuteMs, figures } of ofOne)
        await minuteStore(tx, workspace).add({ endpoint, version, minuteMs, figures, deploymentId: id })
      const shadow = compared.find(([deploymentId]) => deploymentId === id)?.[1]
      if (shadow !== undefined) await shadowStore(tx, workspace).add(endpoint, id, shadow, nowMs())
    }
  })
}
