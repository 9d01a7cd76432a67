import { ref } from '@millrace/contract'
import type { NodeKind, ResourceKind } from '@millrace/kernel'
import { pipelinesStore } from '../store/pipelines-store.ts'

const pipelineVersion: NodeKind = {
  kind: 'pipeline-version',
  describe: async (scope, ids) => {
    const rows = await pipelinesStore(scope.db, scope.workspace).versions.byIds(ids)
    return rows.map((row) => ({
      id: row.id,
      title: `${row.pipeline}, version ${row.number}`,
      href: `/pipelines/${row.pipeline}`,
    }))
  },
}

const pipelineRun: NodeKind = {
  kind: 'pipeline-run',
  describe: async (scope, ids) => {
    const runs = await pipelinesStore(scope.db, scope.workspace).runs.byIds(ids)
    return runs.map(({ id, pipeline, number, state, trigger }) => ({
      id,
      title: `${pipeline} #${number}`,
      state,
      fact: `started by ${trigger.kind} ${trigger.id}`,
      href: `/pipelines/${pipeline}/runs/${id}`,
    }))
  },
}

const step: NodeKind = {
  kind: 'step',
  describe: async (scope, ids) => {
    const steps = await pipelinesStore(scope.db, scope.workspace).steps.byIds(ids)
    return steps.map(({ id, name, state, reason, cacheReason }) => {
      const fact = reason ?? cacheReason
      return { id, title: name, state, ...(fact === null ? {} : { fact }) }
    })
  },
}

const stepAttempt: NodeKind = {
  kind: 'step-attempt',
  describe: async (scope, ids) => {
    const attempts = await pipelinesStore(scope.db, scope.workspace).attempts.byIds(ids)
    return attempts.map(({ id, number, state, reason }) => ({
      id,
      title: `attempt ${number}`,
      state,
      ...(reason === null ? {} : { fact: reason }),
    }))
  },
}

const schedule: NodeKind = {
  kind: 'schedule',
  describe: async (scope, ids) => {
    const rows = await pipelinesStore(scope.db, scope.workspace).schedules.byNames(ids)
    return rows.map((row) => ({ id: row.name, title: row.name }))
  },
}

/** How the things of this domain read in the lineage graph. */
export const nodeKinds: readonly NodeKind[] = [pipelineVersion, pipelineRun, step, stepAttempt, schedule]

/** A grant on a pipeline reaches its runs. */
export const runResource: ResourceKind = {
  kind: 'pipeline-run',
  parent: async (scope, id) => {
    const [run] = await pipelinesStore(scope.db, scope.workspace).runs.byIds([id])
    return run === undefined ? undefined : ref('pipeline', run.pipeline)
  },
}
