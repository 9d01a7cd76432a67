import { score } from '@millrace/ui/format'
import { Status } from '@millrace/ui/parts'
import type { Column } from '@millrace/ui/table'
import { named } from '../load-experiment.ts'
import { metricGroup } from '../run-table.ts'
import { runStatus } from '../run-row.ts'
import { valueAt, type RunSnapshot } from '../snapshot/run-columns-form.ts'
import type { ExperimentView } from '../use-experiment.ts'
import { firstFields } from '../snapshot/load-snapshot.ts'
import { metricCell, spreadCell } from './metric-cell.tsx'
import { nameCell } from './name-cell.tsx'
import { groupAt, type RunColumnsInput, type TableRow } from './run-columns-input.ts'
import { startedCell, tookCell } from './time-cells.tsx'

/** Status as the table names it. */
const statuses = new Set(['scheduled', 'running', 'finished', 'failed', 'killed'] as const)
type RunStatus = typeof statuses extends Set<infer Each> ? Each : never
const isStatus = (text: unknown): text is RunStatus => statuses.has(text as RunStatus) // `has` takes members alone

/** The columns of the run table: name, status, metrics under their prefixes, the parameters that differ, tags, times. */
export function runColumns(input: RunColumnsInput): Column<TableRow>[] {
  const { runs, view, phone } = input
  const fits = named(input.cols)
  const metrics = byGroup(fieldsOf(view, 'metrics.').filter(fits))
  const told = fieldsOf(view, 'params.').filter((field) => fits(field) && !isConstant(runs, field, view))
  const tags = fieldsOf(view, 'tags.').filter(fits)
  return [
    { id: 'name', head: 'Run', width: phone ? 168 : 268, phone: true, grow: 1, sortable: true, cell: nameCell(input) },
    {
      id: 'status',
      head: 'Status',
      width: 92,
      phone: true,
      sortable: true,
      cell: (row) => {
        const status = row < 0 ? undefined : valueAt(runs.columns.get('status'), row)
        if (!isStatus(status)) return null
        const { state, status: says } = runStatus(status)
        return <Status state={state}>{says}</Status>
      },
    },
    ...metrics.map((field) => metricColumn(field, input)),
    ...told.map((field) => textColumn(field, 'params', input)),
    ...tags.map((field) => textColumn(field, 'tags', input)),
    { id: 'took', head: 'took', width: 72, end: true, sortable: true, group: 'run', cell: tookCell(runs) },
    { id: 'started', head: 'started', width: 84, end: true, sortable: true, group: 'run', cell: startedCell(runs) },
  ]
}

/** Fields of a kind: the judged metric first, then by how many runs have them. */
function fieldsOf({ fields, judgedBy }: ExperimentView, family: string): string[] {
  const judged = `metrics.${judgedBy?.metric ?? ''}`
  const own = fields.filter(({ field }) => field.startsWith(family)).map(({ field }) => field)
  return own.includes(judged) ? [judged, ...own.filter((field) => field !== judged)] : own
}

function byGroup(fields: readonly string[]): string[] {
  const groups = Map.groupBy(fields, (field) => metricGroup(field.slice(8)).group)
  return [...groups.values()].flat()
}

/** Of the parameters that are there from the start, those that never differ say nothing. */
function isConstant(runs: RunSnapshot, field: string, { fields }: ExperimentView): boolean {
  const column = runs.columns.get(field)
  return (
    runs.ids.length > 1 && column?.type === 'text' && column.texts.length < 2 && firstFields(fields).includes(field)
  )
}

function metricColumn(field: string, input: RunColumnsInput): Column<TableRow> {
  const { view, baseline, runs } = input
  const { group, name } = metricGroup(field.slice(8))
  const grouped = (view.found?.groups.length ?? 0) > 0
  const plain = metricCell(field, input)
  const against = baseline === null ? undefined : valueAt(runs.columns.get(field), baseline)
  return {
    id: field,
    head: name,
    width: grouped ? 138 : against === undefined ? 84 : 118,
    end: true,
    group,
    sortable: true,
    phone: field === `metrics.${view.judgedBy?.metric ?? ''}`,
    cell: (row) => {
      const spread = groupAt(view, row)?.spreads.get(field)
      return row < 0 ? spreadCell(spread, input.spread) : plain(row)
    },
  }
}

function textColumn(field: string, group: string, { runs }: RunColumnsInput): Column<TableRow> {
  const key = field.slice(group.length + 1)
  const column = runs.columns.get(field)
  return {
    id: field,
    head: key,
    width: Math.min(140, Math.max(72, key.length * 7 + 20)),
    end: true,
    group,
    sortable: true,
    cell: (row) => {
      if (row < 0) return null
      const value = valueAt(column, row)
      if (value === undefined) return <span className="i3">{column === undefined ? '' : '·'}</span>
      return <span className="ell">{typeof value === 'number' ? score(value) : value}</span>
    },
  }
}
