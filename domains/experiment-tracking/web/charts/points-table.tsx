import { fullTime, score, tick } from '@millrace/ui/format'
import type { LineSeries } from '@millrace/ui/charts'

const MOST_ROWS = 200

/** The points behind a chart, as drawn: one row for each x, at most two hundred of them, evenly taken. */
export function PointsTable({ name, x, series }: { name: string; x: string; series: readonly LineSeries[] }) {
  const all = [...new Set(series.flatMap((line) => [...line.x]))].toSorted((a, b) => a - b)
  const every = Math.max(1, Math.ceil(all.length / MOST_ROWS))
  const shown = all.filter((_value, at) => at % every === 0 || at === all.length - 1)
  const values = series.map((line) => new Map(line.x.map((value, at) => [value, line.y[at]])))
  return (
    // What scrolls must be reachable without a mouse.
    <div className="points-table" tabIndex={0} role="region" aria-label={`Points of ${name}`}>
      <table className="tbl">
        <caption className="t11 i3">
          {shown.length < all.length ? `${shown.length} of ${all.length} rows` : `${all.length} rows`}
        </caption>
        <thead>
          <tr>
            <th className="n">{x}</th>
            {series.map((line, at) => (
              <th className="n" key={`${line.label}:${at}`}>
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((at) => (
            <tr key={at}>
              <td className="n">{x === 'time' ? fullTime(at, 'local') : tick(at)}</td>
              {values.map((line, place) => (
                <td className="n" key={place}>
                  {cell(line.get(at))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function cell(value: number | null | undefined): string {
  if (value === undefined) return ''
  return value === null ? 'no number' : score(value)
}
