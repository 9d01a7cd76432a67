import { createHash } from 'node:crypto'
import { canonicalJson, ref } from '@millrace/contract'
import type { ActionContext, LineageEdge } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { problem } from '../model/problems.ts'
import type { RunCode, RunData } from '../model/run.ts'
import { nameOfRun } from '../model/run-name.ts'
import type { ExperimentOfRun } from '../store/new-run.ts'
import { experimentOfRun, insertRun } from '../store/new-run.ts'
import type { TrackingStore } from '../store/tracking.ts'
import { action } from '../store/tracking.ts'
import { findRun } from './find-run.ts'
import { holdData, resolveData } from './resolve-data.ts'
import { putExperiment } from './put-experiment.ts'

/** Starts a run, making its experiment where there is none of that name. Throws `run-exists`, `experiment-deleted`. */
export const createRun = action(contract.createRun, async (context) => {
  const { store, input, actor, nowMs, newHexId, scope } = context
  await context.guard('experiment-tracking.create-run', { experiment: input.experiment, actor })
  const experiment = await experimentOf(context, input.experiment)
  const id = input.id ?? newHexId()
  // An id made here is new; one that the client chose may be taken.
  if (input.id !== undefined && (await store.runs.find(id)) !== undefined) throw problem['run-exists']({ id })
  if (input.parentRunId !== undefined) await findRun(store, input.parentRunId)
  const code = withVersionId(input.code)
  const name = input.name === undefined || input.name === '' ? nameOfRun(id) : input.name
  const row = {
    id,
    experiment: experiment.number,
    name,
    status: input.status,
    started_at_ms: input.startedAtMs ?? nowMs,
    ended_at_ms: null,
    created_at_ms: nowMs,
    created_by: actor.name,
    parent_run_id: input.parentRunId ?? null,
    code: code === null ? null : JSON.stringify(code),
    deleted_at_ms: null,
  }
  await insertRun(scope, { workspace: scope.workspace, ...row }, input)
  const data = await resolveData(context, input.data)
  await store.inputs.add(id, data)
  await holdData(context, id, name, data)
  return {
    answer: {
      id,
      experimentId: String(experiment.number),
      experiment: experiment.name,
      name,
      status: input.status,
      startedAtMs: row.started_at_ms,
      endedAtMs: null,
      artifactRoot: `${experiment.artifact_root}/${id}/artifacts`,
      params: input.params,
      tags: input.tags,
      metrics: {},
      metricSummaries: {},
      data,
      code,
      parentRunId: row.parent_run_id,
      deleted: false,
      createdBy: actor.name,
      createdAtMs: nowMs,
    },
    events: [contract.runCreated({ id, experiment: experiment.name, name })],
    audit: { object: ref('run', id), after: { experiment: experiment.name, name, params: input.params, code, data } },
    edges: edgesOf(id, { data, code, parentRunId: input.parentRunId }),
  }
})

type Context = ActionContext<TrackingStore, { experiment: string }>

async function experimentOf({ scope, call }: Context, experiment: string): Promise<ExperimentOfRun> {
  const found = await experimentOfRun(scope, scope.workspace, experiment)
  if (found === undefined) {
    if (experiment.startsWith('#')) throw problem['experiment-not-found']({ experiment })
    const made = await call(putExperiment, { name: experiment })
    return { number: made.number, name: made.name, artifact_root: made.artifactRoot, deleted_at_ms: null }
  }
  if (found.deleted_at_ms !== null) throw problem['experiment-deleted']({ name: found.name, id: String(found.number) })
  return found
}

function withVersionId(code: RunCode | undefined): RunCode | null {
  if (code === undefined) return null
  const versionId = code.versionId ?? codeVersionId(code)
  return { ...code, ...(versionId === undefined ? {} : { versionId }) }
}

/** Names code nobody registered: the same commit, patch and files have the same id. */
function codeVersionId(code: RunCode): string | undefined {
  const { gitCommit, patchDigest, filesDigest } = code
  if (gitCommit === undefined && filesDigest === undefined) return undefined
  const identity = canonicalJson({ gitCommit, patchDigest, filesDigest })
  return `code_${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`
}

function edgesOf(
  id: string,
  used: { data: readonly RunData[]; code: RunCode | null; parentRunId: string | undefined },
): LineageEdge[] {
  const self = ref('run', id)
  const codeId = used.code?.versionId
  return [
    ...dataEdges(id, used.data),
    ...(codeId === undefined ? [] : [{ from: self, type: 'used_code' as const, to: ref('code-version', codeId) }]),
    ...(used.parentRunId === undefined
      ? []
      : [{ from: self, type: 'part_of' as const, to: ref('run', used.parentRunId) }]),
  ]
}

/** The edges to the versions that a run used, each with its context. */
export function dataEdges(id: string, data: readonly RunData[]): LineageEdge[] {
  return data.flatMap(({ versionId, context }) =>
    versionId === null
      ? []
      : [{ from: ref('run', id), type: 'used_data' as const, to: ref('dataset-version', versionId), context }],
  )
}
