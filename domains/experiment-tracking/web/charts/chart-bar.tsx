import { Button } from '@millrace/ui/parts'
import type { ChangeState, ExperimentState } from '../experiment-state.ts'

const axes = [
  ['step', 'Step'],
  ['time', 'Time since start'],
  ['wall', 'Time'],
] as const

export interface ChartBarProps {
  state: ExperimentState
  change: ChangeState
  /** Metrics that can stand on the x axis. */
  metrics: readonly string[]
  tables: boolean
  onTables: () => void
}

/** What the charts show and how; all of it stands in the address. */
export function ChartBar({ state, change, metrics, tables, onTables }: ChartBarProps) {
  return (
    <div className="chart-bar t12 i3" role="group" aria-label="Charts">
      <input
        className="field mono"
        aria-label="Metrics by regular expression"
        placeholder="metrics: loss|auc"
        value={state.panels}
        onChange={(event) => change({ panels: event.target.value })}
      />
      <label className="row nowrap">
        x
        <select
          className="field"
          aria-label="X axis"
          value={state.x}
          onChange={(event) => change({ x: event.target.value, zoom: '' })}
        >
          {axes.map(([id, says]) => (
            <option key={id} value={id}>
              {says}
            </option>
          ))}
          {metrics.map((metric) => (
            <option key={metric} value={`metrics.${metric}`}>
              {metric}
            </option>
          ))}
        </select>
      </label>
      <label className="row nowrap">
        Smoothing
        <input
          type="range"
          min="0"
          max="0.95"
          step="0.05"
          value={state.smooth}
          onChange={(event) => change({ smooth: event.target.value })}
          aria-label="Smoothing"
        />
        <span className="num">{state.smooth}</span>
      </label>
      <label className="row nowrap">
        <input
          type="checkbox"
          checked={state.log === 'y'}
          onChange={(event) => change({ log: event.target.checked ? 'y' : '' })}
        />{' '}
        Log y
      </label>
      <label className="row nowrap">
        <input type="checkbox" checked={tables} onChange={onTables} /> Tables
      </label>
      {state.zoom === '' ? null : (
        <Button small onClick={() => change({ zoom: '' })}>
          Reset zoom
        </Button>
      )}
    </div>
  )
}
