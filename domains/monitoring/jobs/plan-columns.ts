import type { CallContext, Runtime } from '@millrace/kernel'
import { localFiles, readVersionById } from '@millrace/datasets'
import * as contract from '../contract.ts'
import type { MonitorSpec } from '../contract.ts'
import type { ColumnKind } from './sql-text.ts'
import { kindOf, parquetOf, literal } from './sql-text.ts'
import { scoreColumn } from './window-file.ts'

const { problem } = contract

/** An input to compare: its column in the log, in the window's file, and what both sides are compared as. */
export interface PlannedFeature {
  readonly feature: string
  readonly logged: string
  readonly as: string
  readonly type: string
  readonly kind: Exclude<ColumnKind, 'other'>
}

/** What a window's rows are compared with: the reference's columns by name, and its files as a table. */
export interface ReferenceTable {
  readonly versionId: string
  readonly title: string
  readonly columns: ReadonlyMap<string, string>
  readonly table: () => Promise<string>
}

export interface ColumnPlan {
  readonly features: readonly PlannedFeature[]
  /** Named in the monitor, but not in the log. */
  readonly missing: readonly string[]
  readonly score: { readonly logged: string; readonly name: string; readonly type: string } | undefined
}

/** The reference of a monitor. Throws `datasets/version-not-found`. */
export async function referenceTable(
  runtime: Runtime,
  context: CallContext,
  versionId: string,
): Promise<ReferenceTable> {
  const version = await runtime.runner.ask(readVersionById, { id: versionId }, context)
  return {
    versionId,
    title: `${version.dataset}@${version.version}`,
    columns: new Map(version.columns.map(({ name, type }) => [name, type])),
    table: async () => {
      const files = await localFiles(runtime, context, versionId)
      const paths = files.map(({ path }) => path)
      if (version.format === 'parquet') return parquetOf(paths)
      return `read_csv([${paths.map(literal).join(', ')}], header = true, sample_size = -1, union_by_name = true)`
    },
  }
}

/** Finds the columns to compare. Throws `monitoring/no-features`, `monitoring/no-such-output`. */
export function planColumns(
  monitor: { readonly name: string; readonly spec: MonitorSpec },
  logged: ReadonlyMap<string, string>,
  reference: ReferenceTable,
): ColumnPlan {
  const { spec } = monitor
  const inputs = [...logged.keys()].filter((name) => name.startsWith('in.')).map((name) => name.slice(3))
  const wanted = spec.features.length > 0 ? spec.features : inputs.filter((name) => reference.columns.has(name))
  const features = wanted.flatMap((feature, index) => {
    const [type, referenceType] = [logged.get(`in.${feature}`), reference.columns.get(feature)]
    const kind = commonKind(type, referenceType)
    if (type === undefined || kind === undefined) return []
    return [{ feature, logged: `in.${feature}`, as: `f${index}`, type, kind }]
  })
  const missing = spec.features.filter((feature) => !logged.has(`in.${feature}`))
  if (features.length + missing.length === 0) {
    throw problem['no-features']({ monitor: monitor.name, inputs: inputs.join(', ') || 'none' })
  }
  return { features, missing, score: planScore(spec, logged) }
}

function planScore(spec: MonitorSpec, logged: ReadonlyMap<string, string>): ColumnPlan['score'] {
  const column = scoreColumn(logged, spec.label.output)
  if (column !== undefined) {
    return { logged: column, name: column.slice('out.'.length), type: logged.get(column) ?? 'DOUBLE' }
  }
  if (spec.label.output === null) return undefined
  const outputs = [...logged.keys()].filter((name) => name.startsWith('out.')).map((name) => name.slice(4))
  throw problem['no-such-output']({ output: spec.label.output, outputs: outputs.join(', ') || 'none' })
}

/** A number against a text is compared as text: every value is then one that the reference never had, and is said so. */
function commonKind(logged: string | undefined, reference: string | undefined): PlannedFeature['kind'] | undefined {
  const kinds = [logged, reference].map((type) => (type === undefined ? 'other' : kindOf(type)))
  if (kinds.includes('other')) return undefined
  return kinds.includes('text') ? 'text' : 'number'
}
