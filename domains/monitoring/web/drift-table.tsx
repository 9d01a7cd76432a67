import { HeatStrip } from '@millrace/ui/charts'
import { dayRange, score } from '@millrace/ui/format'
import { Mark } from '@millrace/ui/parts'
import type { DriftRow, MonitorView } from './load-monitor.ts'

/** Each feature: test, value now, limit, one cell a window. */
export function DriftTable({ view, onFeature }: { view: MonitorView; onFeature: (feature: string) => void }) {
  if (view.drift.length === 0)
    return (
      <p className="pad i3 t12">No window has closed yet. The first one closes when its last event time has passed.</p>
    )
  return (
    <div className="scroll-x">
      <table className="tbl">
        <thead>
          <tr>
            <th>Feature</th>
            <th className="not-phone">Test</th>
            <th className="n">Now</th>
            <th className="n not-phone">Limit</th>
            <th>{view.windows.length} windows</th>
          </tr>
        </thead>
        <tbody>
          {view.drift.map((row) => (
            <Feature
              key={row.feature}
              row={row}
              windows={view.windows}
              chosen={row.feature === view.feature?.name}
              onFeature={onFeature}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Feature({
  row,
  windows,
  chosen,
  onFeature,
}: {
  row: DriftRow
  windows: MonitorView['windows']
  chosen: boolean
  onFeature: (feature: string) => void
}) {
  const over = row.now !== null && row.now > row.limit
  const cells = windows.map((window, at) => {
    const value = row.values[at] ?? null
    return {
      label: dayRange(window.fromMs, window.toMs - 1, 'UTC'),
      ratio: value === null ? null : value / row.limit,
      text: value === null ? 'no data' : score(value, 3),
    }
  })
  return (
    <tr className={chosen ? 'current' : ''}>
      <td>
        <span className="row">
          <Mark state={row.state} />
          <button
            type="button"
            className={over ? 'feature-name sb' : 'feature-name b'}
            onClick={() => onFeature(row.feature)}
          >
            {row.feature}
          </button>
          {row.output ? <span className="i3 t11">output</span> : null}
        </span>
      </td>
      <td className="i3 not-phone">{row.test}</td>
      <td className={over ? 'n bad sb' : 'n'}>{score(row.now, 3)}</td>
      <td className="n i3 not-phone">{row.limit}</td>
      <td>
        <HeatStrip name={`${row.test} of ${row.feature}`} windows={cells} />
      </td>
    </tr>
  )
}
