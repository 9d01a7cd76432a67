import { createLatencyHistogram } from '@millrace/statistics'
import type { DeploymentCounts } from '../../model/plane-snapshot.ts'

/** Counts each deployment's answers since this process started. */
export interface PlaneCounts {
  record(deploymentId: string, rows: number, latencyMs: number, ok: boolean): void
  /** What changed since the last call; cumulative figures. */
  changed(): readonly DeploymentCounts[]
}

/** Makes empty counts. */
export function createPlaneCounts(): PlaneCounts {
  const all = new Map<string, ReturnType<typeof newCounts>>()
  return {
    record: (deploymentId, rows, latencyMs, ok) => {
      let counts = all.get(deploymentId)
      if (counts === undefined) all.set(deploymentId, (counts = newCounts()))
      counts.requests += 1
      counts.rows += rows
      counts.errors += ok ? 0 : 1
      counts.latency.record(latencyMs)
      counts.changed = true
    },
    changed: () =>
      [...all].flatMap(([deploymentId, counts]) => {
        if (!counts.changed) return []
        counts.changed = false
        const { requests, rows, errors, latency } = counts
        return [{ deploymentId, requests, rows, errors, latency: latency.toJSON() }]
      }),
  }
}

function newCounts() {
  return { requests: 0, rows: 0, errors: 0, latency: createLatencyHistogram(), changed: false }
}
