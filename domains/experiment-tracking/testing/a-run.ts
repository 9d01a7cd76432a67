import { createDatasets } from '@millrace/datasets'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { testKernel } from '@millrace/kernel/testing'
import type { CallOf } from '@millrace/contract'
import type { createRun as createRunEndpoint, Run } from '../contract.ts'
import { createExperimentTracking, createRun, logRun } from '../domain.ts'

/** A kernel with data sets and experiment tracking. */
export async function trackingKernel(openStore: OpenStore, settings: readonly string[] = []): Promise<TestKernel> {
  const domains = (runtime: Parameters<typeof createDatasets>[0]) => [
    createDatasets(runtime),
    createExperimentTracking(runtime),
  ]
  return testKernel({ database: await openStore(), domains, settings })
}

/** Starts a run of experiment "e", or as `with` says, and logs its metrics. */
export async function aRun(
  t: TestKernel,
  wish: Partial<CallOf<typeof createRunEndpoint>> & { metrics?: Record<string, number> } = {},
): Promise<Run> {
  const { metrics = {}, ...input } = wish
  const run = await t.act(createRun, { experiment: 'e', ...input })
  const points = Object.entries(metrics).map(([key, value]) => ({
    key,
    value: Number.isNaN(value) ? ('NaN' as const) : value,
  }))
  if (points.length > 0) await t.ingest(logRun, { id: run.id, metrics: points })
  return run
}
