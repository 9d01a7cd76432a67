import { EpochMs } from '@millrace/contract'
import { z } from 'zod'

const Texts = z.record(z.string(), z.string())
const Values = z.record(z.string(), z.json())

/** Records to evaluate an application with: what goes in, and what is expected to come out. */
export const EvaluationDataset = z.object({
  id: z.string(),
  name: z.string(),
  /** Changes with every change of the records. */
  digest: z.string(),
  tags: Texts,
  /** The fields of the records with their types; null while there are none. */
  schema: z.json().nullable(),
  recordCount: z.int(),
  experimentIds: z.array(z.string()),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  createdBy: z.string().nullable(),
  updatedBy: z.string().nullable(),
})
export type EvaluationDataset = z.infer<typeof EvaluationDataset>

/** What one record holds. */
export const RecordContent = z.object({
  inputs: Values,
  outputs: z.json().optional(),
  expectations: Values.nullable().optional(),
  tags: Values.nullable().optional(),
  /** Where it came from: `{ source_type: 'TRACE', source_data: { trace_id } }`. */
  source: z.object({ source_type: z.string(), source_data: z.json().optional() }).nullable().optional(),
})
export type RecordContent = z.infer<typeof RecordContent>

export const EvaluationRecord = RecordContent.extend({
  id: z.string(),
  datasetId: z.string(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  createdBy: z.string().nullable(),
  updatedBy: z.string().nullable(),
})
export type EvaluationRecord = z.infer<typeof EvaluationRecord>

/** A record sent again (the same inputs) adds to what was expected and to its tags, and replaces the rest. */
export function mergeRecord(old: RecordContent, sent: RecordContent): RecordContent {
  const expectations = { ...old.expectations, ...sent.expectations }
  const tags = { ...old.tags, ...sent.tags }
  return {
    ...old,
    inputs: sent.inputs,
    ...(sent.outputs === undefined ? {} : { outputs: sent.outputs }),
    ...(sent.source === undefined || sent.source === null ? {} : { source: old.source ?? sent.source }),
    ...(Object.keys(expectations).length === 0 ? {} : { expectations }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  }
}

type FieldTypes = Record<string, string>
interface Schema {
  inputs: FieldTypes
  outputs: FieldTypes | string
  expectations: FieldTypes
  version: string
}

/** The schema with the fields that `records` add; a field keeps the type it was first seen with. */
export function growSchema(before: unknown, records: readonly RecordContent[]): Schema {
  const schema: Schema = isSchema(before)
    ? structuredClone(before)
    : { inputs: {}, outputs: {}, expectations: {}, version: '1.0' }
  for (const { inputs, outputs, expectations } of records) {
    addFields(schema.inputs, inputs)
    addFields(schema.expectations, expectations ?? {})
    addOutputs(schema, outputs)
  }
  return schema
}

/** Outputs have fields, or one type for all where they are no objects. */
function addOutputs(schema: Schema, outputs: RecordContent['outputs']): void {
  if (outputs === undefined || outputs === null || typeof schema.outputs !== 'object') return
  if (typeof outputs === 'object' && !Array.isArray(outputs)) addFields(schema.outputs, outputs)
  else if (Object.keys(schema.outputs).length === 0) schema.outputs = typeOf(outputs)
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && 'inputs' in value && 'expectations' in value
}

function addFields(types: FieldTypes, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) if (!Object.hasOwn(types, name)) types[name] = typeOf(value)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float'
  return typeof value
}
