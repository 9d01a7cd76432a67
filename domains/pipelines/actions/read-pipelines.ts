import { decodePageToken, pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { PipelinesTables } from '../store/tables.ts'
import { query } from '../store/pipelines-store.ts'

type PipelineRow = Omit<PipelinesTables['pipelines_pipeline'], 'workspace'>

/** A pipeline with what was declared. */
export function showPipeline(row: PipelineRow) {
  const spec = contract.PipelineSpec.parse(JSON.parse(row.spec))
  return {
    name: row.name,
    description: spec.description,
    version: row.version,
    versionId: contract.Pipeline.shape.versionId.parse(row.version_id),
    codeVersionId: row.code_id,
    runs: row.runs,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    spec,
  }
}

export const readPipeline = query(contract.readPipeline, async ({ store, input }) =>
  showPipeline(await store.pipelines.read(input.name)),
)

export const listPipelines = query(contract.listPipelines, async ({ store, input }) => {
  const { limit, pageToken } = input
  const [after = ''] = pageToken === undefined ? [] : (decodePageToken(pageToken) ?? [])
  const rows = await store.pipelines.list(String(after), limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => [row.name],
    (row) => {
      const { spec: _spec, ...shown } = showPipeline(row)
      return shown
    },
  )
})

export const listVersions = query(contract.listVersions, async ({ store, input }) => {
  const { name, limit, pageToken } = input
  await store.pipelines.read(name)
  const [below] = pageToken === undefined ? [] : (decodePageToken(pageToken) ?? [])
  const rows = await store.versions.list(name, typeof below === 'number' ? below : 2 ** 31 - 1, limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => [row.number],
    (row) => ({
      id: row.id,
      pipeline: row.pipeline,
      number: row.number,
      codeVersionId: row.code_id,
      createdAtMs: row.created_at_ms,
      createdBy: row.created_by,
    }),
  )
})
