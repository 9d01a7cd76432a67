import { tick } from '../format/format.ts'
import type { State } from '../parts/mark.tsx'
import { linear, niceTicks } from './scale.ts'
import { useWidth } from './use-size.ts'

/** A difference with its interval, against a limit. Null bounds: too little data for an interval. */
export interface Interval {
  low: number | null
  value: number | null
  high: number | null
}

const W = 208
const H = 24

function reach(interval: Interval, limit: number): number {
  const sizes = [interval.low, interval.high, interval.value, limit]
    .map((each) => Math.abs(each ?? 0))
    .filter(Number.isFinite)
  return Math.max(...sizes, 1e-12) * 1.15
}

/** Difference as interval against its limit; the allowed side is tinted. `allowed` says on which side of the limit one may be. */
export function GuardrailInterval({
  interval,
  limit,
  allowed,
  state,
}: {
  interval: Interval
  limit: number
  allowed: 'below' | 'above'
  state: State
}) {
  const span = reach(interval, limit)
  const x = linear([-span, span], [2, W - 2])
  const at = x(limit)
  const colour =
    state === 'ok'
      ? 'var(--ok-mark)'
      : state === 'bad'
        ? 'var(--bad-mark)'
        : state === 'warn'
          ? 'var(--warn-mark)'
          : 'var(--idle-mark)'
  const said =
    interval.value === null
      ? 'no difference known yet'
      : `difference ${tick(interval.value)}, 95% interval ${tick(interval.low ?? -Infinity)} to ${tick(interval.high ?? Infinity)}, limit ${tick(limit)}`
  return (
    <svg className="interval" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={said}>
      <title>{said}</title>
      <rect
        x={allowed === 'above' ? at : 0}
        y="4"
        width={allowed === 'above' ? W - at : at}
        height="16"
        rx="2"
        fill="var(--ok-tint)"
      />
      <line x1={x(0)} x2={x(0)} y1="3" y2="21" stroke="var(--line-ctl)" strokeDasharray="2 2" />
      <line x1={at} x2={at} y1="2" y2="22" stroke="var(--bad-mark)" strokeWidth="1.5" />
      {interval.low === null || interval.high === null ? null : (
        <line
          x1={x(interval.low)}
          x2={x(interval.high)}
          y1="12"
          y2="12"
          stroke={colour}
          strokeWidth="2.5"
          strokeLinecap="round"
        />
      )}
      {interval.value === null ? null : (
        <circle cx={x(interval.value)} cy="12" r="4" fill={colour} stroke="var(--surface)" strokeWidth="1.5" />
      )}
    </svg>
  )
}

export interface ForestRow {
  name: string
  low: number
  value: number
  high: number
  /** How many rows it rests on, as text. */
  rows: string
}

const ROW = 27
const RIGHT = 52

/** Differences by slice with intervals: green where the interval is on the better side of zero, red on the worse. */
export function ForestPlot({
  name,
  rows,
  higherIsBetter = true,
}: {
  name: string
  rows: readonly ForestRow[]
  higherIsBetter?: boolean
}) {
  const [host, width] = useWidth<HTMLDivElement>()
  const low = Math.min(0, ...rows.map((row) => row.low))
  const high = Math.max(0, ...rows.map((row) => row.high))
  const pad = (high - low) * 0.06 || 1
  const left = Math.min(160, width * 0.38)
  const x = linear([low - pad, high + pad], [left, width - RIGHT])
  const height = 8 + rows.length * ROW + 20
  const ticks = niceTicks(low, high, 4)
  return (
    <div className="chart" ref={host} style={{ height }}>
      {width === 0 ? null : (
        <svg width={width} height={height} role="img" aria-label={name}>
          {ticks.map((value) => (
            <g key={value}>
              <line
                x1={x(value)}
                x2={x(value)}
                y1="2"
                y2={height - 18}
                stroke={value === 0 ? 'var(--line-ctl)' : 'var(--grid)'}
              />
              <text className="ax" x={x(value)} y={height - 4} textAnchor="middle">
                {value > 0 ? `+${tick(value)}` : tick(value)}
              </text>
            </g>
          ))}
          {rows.map((row, at) => (
            <ForestLine key={row.name} row={row} y={16 + at * ROW} x={x} width={width} better={higherIsBetter} />
          ))}
        </svg>
      )}
    </div>
  )
}

function ForestLine({
  row,
  y,
  x,
  width,
  better,
}: {
  row: ForestRow
  y: number
  x: (value: number) => number
  width: number
  better: boolean
}) {
  const good = better ? row.low > 0 : row.high < 0
  const poor = better ? row.high < 0 : row.low > 0
  const colour = good ? 'var(--ok-mark)' : poor ? 'var(--bad-mark)' : 'var(--idle-mark)'
  return (
    <g>
      <title>{`${row.name}: ${tick(row.value)}, 95% interval ${tick(row.low)} to ${tick(row.high)}, ${row.rows} rows`}</title>
      <text className="forest-name" x="0" y={y + 4}>
        {row.name}
      </text>
      <line x1={x(row.low)} x2={x(row.high)} y1={y} y2={y} stroke={colour} strokeWidth="2.5" strokeLinecap="round" />
      <circle cx={x(row.value)} cy={y} r="4" fill={colour} stroke="var(--surface)" strokeWidth="1.5" />
      <text className="ax" x={width} y={y + 4} textAnchor="end">
        {row.rows}
      </text>
    </g>
  )
}
