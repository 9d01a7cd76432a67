import { duration, score, signed } from '@millrace/ui/format'
import { Ago, Button, Chip, Delta, Dot, Icon, Status } from '@millrace/ui/parts'
import { AppLink, href } from '@millrace/ui/shell'
import type { Column } from '@millrace/ui/table'
import type { ExperimentView, RunRow } from './load-experiment.ts'
import { bestRun, metricGroup, metricKeys, paramKeys } from './run-table.ts'

const METRICS = 8
const PARAMS = 8

export interface RunColumnsInput {
  view: ExperimentView
  baseline: RunRow | null
  slots: ReadonlyMap<string, number>
  hidden: ReadonlySet<string>
  phone: boolean
  onDot: (id: string) => void
  onBaseline: (id: string) => void
}

/** The columns of the run table: name, status, metrics under their prefixes, the parameters that differ, times. */
export function runColumns(input: RunColumnsInput): Column<RunRow>[] {
  const { view } = input
  const judged = view.judgedBy?.metric ?? null
  const metrics = metricKeys(view.runs, judged).slice(0, METRICS)
  const groups = metrics.map((key) => metricGroup(key).group)
  const grouped = metrics.toSorted(
    (a, b) => groups.indexOf(metricGroup(a).group) - groups.indexOf(metricGroup(b).group),
  )
  return [
    nameColumn(input),
    {
      id: 'status',
      head: 'Status',
      width: 92,
      phone: true,
      sortable: true,
      cell: (run) => <Status state={run.state}>{run.status}</Status>,
    },
    ...grouped.map((key) => metricColumn(key, input)),
    ...paramKeys(view.runs).slice(0, PARAMS).map(paramColumn),
    {
      id: 'took',
      head: 'took',
      width: 72,
      end: true,
      sortable: true,
      group: 'run',
      cell: (run) => <span className="i2">{duration(run.tookMs)}</span>,
    },
    {
      id: 'started',
      head: 'started',
      width: 84,
      end: true,
      sortable: true,
      group: 'run',
      cell: (run) => <span className="i3">{<Ago atMs={run.startedAtMs} />}</span>,
    },
  ]
}

function nameColumn({ view, baseline, slots, hidden, phone, onDot, onBaseline }: RunColumnsInput): Column<RunRow> {
  return {
    id: 'name',
    head: 'Run',
    width: phone ? 168 : 268,
    phone: true,
    grow: 1,
    sortable: true,
    cell: (run) => (
      <span className="row run-name">
        <button
          type="button"
          className="dot-button"
          aria-label={hidden.has(run.id) ? `Show ${run.name} in the charts` : `Hide ${run.name} in the charts`}
          onClick={() => onDot(run.id)}
        >
          <Dot slot={hidden.has(run.id) ? 0 : (slots.get(run.id) ?? 0)} />
        </button>
        <AppLink className="mono ell" to={href('experiments', view.name, 'runs', run.id)} title={run.name}>
          {run.name}
        </AppLink>
        {run.id === baseline?.id ? (
          <Chip>
            <Icon name="pin" size={12} />
            baseline
          </Chip>
        ) : (
          <Button
            className="pin not-phone"
            small
            tone="quiet"
            icon="pin"
            aria-label={`Make ${run.name} the baseline`}
            onClick={() => onBaseline(run.id)}
          />
        )}
      </span>
    ),
  }
}

function metricColumn(key: string, { view, baseline }: RunColumnsInput): Column<RunRow> {
  const { group, name } = metricGroup(key)
  const judged = key === view.judgedBy?.metric
  const higher = judged ? (view.judgedBy?.higherIsBetter ?? true) : !view.lowerIsBetter.includes(key)
  const best = bestRun(view.runs, key, higher)
  const against = baseline?.metrics[key]
  return {
    id: `metrics.${key}`,
    head: name,
    width: against === undefined ? 84 : 118,
    end: true,
    group,
    sortable: true,
    phone: judged,
    cell: (run) => {
      const value = run.metrics[key]
      const change = against === undefined || value === undefined || run.id === baseline?.id ? null : value - against
      return (
        <>
          <span className={run.id === best && judged ? 'best' : ''}>
            {value === undefined ? <span className="i3">·</span> : score(value)}
          </span>
          {change === null ? null : (
            <Delta
              text={` ${signed(change)}`}
              verdict={change === 0 ? 'same' : change > 0 === higher ? 'better' : 'worse'}
            />
          )}
        </>
      )
    },
  }
}

function paramColumn(key: string): Column<RunRow> {
  return {
    id: `params.${key}`,
    head: key,
    width: Math.min(140, Math.max(72, key.length * 7 + 20)),
    end: true,
    group: 'params',
    sortable: true,
    cell: (run) =>
      run.params[key] === undefined ? <span className="i3">·</span> : <span className="ell">{run.params[key]}</span>,
  }
}
