import { tick } from '../format/format.ts'
import { linear, niceTicks } from './scale.ts'
import { useWidth } from './use-size.ts'

export interface BarSeries {
  label: string
  token: string
  values: readonly number[]
}

export interface BarsProps {
  name: string
  /** One label a group; for a histogram the lower edges of the bins. */
  labels: readonly string[]
  series: readonly BarSeries[]
  height?: number
  write?: (value: number) => string
  /** Groups to name in red, with what is said over them. */
  flagged?: Readonly<Record<string, string>>
  /** Every label would not fit: shows as many as there is room for. */
  mark?: { at: number; label: string }
}

const LEFT = 34
const BOTTOM = 20
const TOP = 14

/** Bars side by side in groups: shares by category, histograms of reference and current. */
export function Bars({ name, labels, series, height = 140, write = tick, flagged = {}, mark }: BarsProps) {
  const [host, width] = useWidth<HTMLDivElement>()
  const top = Math.max(...series.flatMap((one) => one.values), 1e-9)
  const y = linear([0, top], [height - BOTTOM, TOP])
  const ticks = niceTicks(0, top, 3)
  const group = (width - LEFT - 6) / Math.max(1, labels.length)
  const gap = group > 12 ? Math.min(6, group * 0.18) : 1
  const bar = Math.max(1, (group - gap) / Math.max(1, series.length) - (group > 12 ? 1 : 0.5))
  const every = Math.max(
    1,
    Math.ceil(labels.length / Math.max(1, Math.floor((width - LEFT) / (6.4 * longest(labels) + 10)))),
  )
  return (
    <div className="chart" ref={host} style={{ height }}>
      {width === 0 ? null : (
        <svg width={width} height={height} role="img" aria-label={name}>
          {ticks.map((value) => (
            <g key={value}>
              <line className="gl" x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
              <text className="ax" x={LEFT - 6} y={y(value) + 3.5} textAnchor="end">
                {write(value)}
              </text>
            </g>
          ))}
          {labels.map((label, at) => (
            <g key={`${label}:${at}`}>
              {series.map((one, order) => {
                const value = one.values[at] ?? 0
                const red = flagged[label] !== undefined && order === series.length - 1
                return (
                  <rect
                    key={one.label}
                    x={LEFT + at * group + order * (bar + 1)}
                    y={y(value)}
                    width={bar}
                    height={Math.max(0, height - BOTTOM - y(value))}
                    rx={bar > 4 ? 1.5 : 0}
                    fill={red ? 'var(--bad-mark)' : `var(${one.token})`}
                  >
                    <title>{`${label}, ${one.label}: ${write(value)}`}</title>
                  </rect>
                )
              })}
              {at % every === 0 || flagged[label] !== undefined ? (
                <text
                  className={flagged[label] === undefined ? 'ax' : 'ax flagged'}
                  x={LEFT + at * group + (group - gap) / 2}
                  y={height - 5}
                  textAnchor="middle"
                >
                  {label}
                </text>
              ) : null}
              {flagged[label] === undefined ? null : (
                <text
                  className="ax flagged"
                  x={LEFT + at * group + (group - gap) / 2}
                  y={y(Math.max(...series.map((one) => one.values[at] ?? 0))) - 4}
                  textAnchor="middle"
                >
                  {flagged[label]}
                </text>
              )}
            </g>
          ))}
          <line x1={LEFT} x2={width} y1={height - BOTTOM + 0.5} y2={height - BOTTOM + 0.5} stroke="var(--line-2)" />
          {mark === undefined ? null : (
            <g>
              <line
                x1={LEFT + mark.at * (width - LEFT - 6)}
                x2={LEFT + mark.at * (width - LEFT - 6)}
                y1={4}
                y2={height - BOTTOM}
                stroke="var(--ink)"
                strokeDasharray="2 3"
              />
              <text className="ax" x={LEFT + mark.at * (width - LEFT - 6) + 5} y={12}>
                {mark.label}
              </text>
            </g>
          )}
        </svg>
      )}
    </div>
  )
}

function longest(labels: readonly string[]): number {
  return Math.max(1, ...labels.map((label) => label.length))
}
