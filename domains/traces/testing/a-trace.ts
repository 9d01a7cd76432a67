import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking } from '@millrace/experiment-tracking'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { testKernel } from '@millrace/kernel/testing'
import type { Span } from '../contract.ts'
import { createTraces, logForeignSpans } from '../domain.ts'

/** A kernel with data sets, experiment tracking and traces. */
export async function tracesKernel(openStore: OpenStore): Promise<TestKernel> {
  return testKernel({
    database: await openStore(),
    domains: (runtime) => [createDatasets(runtime), createExperimentTracking(runtime), createTraces(runtime)],
  })
}

/** A span that took a second, of trace 1, with id 1, or as `wish` says. Ids may be written as numbers. */
export function aSpan(
  wish: Partial<Omit<Span, 'id' | 'traceId' | 'parentId'>> & { trace?: number; id?: number; parent?: number } = {},
): Span {
  const { trace = 1, id = 1, parent, ...rest } = wish
  return {
    traceId: hex(trace, 32),
    id: hex(id, 16),
    parentId: parent === undefined ? null : hex(parent, 16),
    name: 'answer',
    kind: 1,
    startNs: '1767225600000000001',
    endNs: '1767225601000000002',
    status: { code: 'ok', message: '' },
    attributes: {},
    events: [],
    links: [],
    resource: {},
    ...rest,
  }
}

/** The id of trace `number`. */
export function traceId(number: number): string {
  return `tr-${hex(number, 32)}`
}

/** Logs spans to the default experiment, as a dialect does. */
export async function logged(t: TestKernel, ...spans: Span[]): Promise<void> {
  const actor = { id: 'usr_ann', kind: 'user', name: 'ann' } as const
  await logForeignSpans(t.runtime, { actor, workspace: 'default' }, { experimentId: '0', spans })
}

function hex(number: number, length: number): string {
  return number.toString(16).padStart(length, '0')
}
