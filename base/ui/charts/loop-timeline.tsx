import { shortDay, clock } from '../format/format.ts'
import { linear } from './scale.ts'
import { timeTicks } from './time-ticks.ts'
import { useWidth } from './use-size.ts'

/** The five lanes of the loop, top to bottom. */
export const LANES = ['Monitor', 'Pipeline', 'Registry', 'Serving', 'Governance'] as const
export type Lane = (typeof LANES)[number]

export interface LoopPoint {
  atMs: number
  lane: Lane
  label: string
  /** Where the loop broke or what set it off. */
  bad?: boolean
}

export interface Loop {
  name: string
  points: readonly LoopPoint[]
  /** What is planned, after now. */
  ahead?: readonly LoopPoint[]
  chosen: boolean
}

const LEFT = 74
const RIGHT = 18
const TOP = 8
const LANE = 37
const HEIGHT = TOP + LANES.length * LANE + 24

/** One path for each loop through five lanes; the chosen one in water, others grey; what is planned is dashed after *now*. */
export function LoopTimeline({
  loops,
  fromMs,
  toMs,
  nowMs,
}: {
  loops: readonly Loop[]
  fromMs: number
  toMs: number
  nowMs: number
}) {
  const [host, width] = useWidth<HTMLDivElement>()
  const x = linear([fromMs, toMs], [LEFT + 10, width - RIGHT])
  const chosen = loops.find((loop) => loop.chosen)
  const said =
    chosen === undefined
      ? 'No loop in this time'
      : `${chosen.name}: ${chosen.points.map((point) => point.label).join(', ')}`
  return (
    <div className="chart" ref={host} style={{ height: HEIGHT }}>
      {width === 0 ? null : (
        <svg width={width} height={HEIGHT} role="img" aria-label={said}>
          <Ground width={width} x={x} fromMs={fromMs} toMs={toMs} nowMs={nowMs} />
          {loops
            .filter((loop) => !loop.chosen)
            .map((loop, at) => (
              <OtherLoop key={`${loop.name}:${at}`} loop={loop} x={x} />
            ))}
          {chosen === undefined ? null : <ChosenLoop loop={chosen} x={x} />}
        </svg>
      )}
    </div>
  )
}

function laneY(lane: Lane): number {
  return TOP + LANES.indexOf(lane) * LANE + LANE / 2
}

function pathOf(points: readonly LoopPoint[], x: (atMs: number) => number): string {
  return points.reduce((path, point, at) => {
    const before = points[at - 1]
    if (before === undefined) return `M${x(point.atMs)} ${laneY(point.lane)}`
    const from = x(before.atMs)
    const to = x(point.atMs)
    const bend = Math.max(8, (to - from) / 2)
    return `${path}C${from + bend} ${laneY(before.lane)} ${to - bend} ${laneY(point.lane)} ${to} ${laneY(point.lane)}`
  }, '')
}

function Ground({
  width,
  x,
  fromMs,
  toMs,
  nowMs,
}: {
  width: number
  x: (atMs: number) => number
  fromMs: number
  toMs: number
  nowMs: number
}) {
  const bottom = TOP + LANES.length * LANE
  const days = toMs - fromMs > 2 * 86_400_000
  const ticks = timeTicks(fromMs, toMs, Math.max(2, Math.floor((width - LEFT) / 84)), 'local')
  const write = (atMs: number) => (days ? shortDay(atMs) : clock(atMs))
  const now = x(nowMs)
  return (
    <g>
      {LANES.map((lane) => (
        <g key={lane}>
          <line x1={LEFT} x2={width} y1={laneY(lane)} y2={laneY(lane)} stroke="var(--line)" />
          <text className="lane" x="0" y={laneY(lane) + 4}>
            {lane}
          </text>
        </g>
      ))}
      {ticks.map((at, index) => (
        <g key={at}>
          <line x1={x(at)} x2={x(at)} y1={TOP} y2={bottom} stroke="var(--grid)" />
          {Math.abs(x(at) - now) < 40 || x(at) > width - 40 || write(at) === write(ticks[index - 1] ?? 0) ? null : (
            <text className="ax" x={x(at) + 4} y={HEIGHT - 8}>
              {write(at)}
            </text>
          )}
        </g>
      ))}
      {nowMs >= fromMs && nowMs <= toMs ? (
        <g>
          <line x1={now} x2={now} y1={TOP - 2} y2={bottom + 2} stroke="var(--water)" opacity="0.55" />
          <text className="ax now" x={now} y={HEIGHT - 8} textAnchor="middle">
            now
          </text>
        </g>
      ) : null}
    </g>
  )
}

function OtherLoop({ loop, x }: { loop: Loop; x: (atMs: number) => number }) {
  return (
    <g>
      <path d={pathOf(loop.points, x)} fill="none" stroke="var(--line-2)" strokeWidth="1.5" />
      {loop.points.map((point, at) => (
        <circle
          key={at}
          cx={x(point.atMs)}
          cy={laneY(point.lane)}
          r="3"
          fill="var(--surface)"
          stroke="var(--ink-off)"
          strokeWidth="1.3"
        >
          <title>{`${loop.name}: ${point.label}`}</title>
        </circle>
      ))}
    </g>
  )
}

function ChosenLoop({ loop, x }: { loop: Loop; x: (atMs: number) => number }) {
  const last = loop.points.at(-1)
  const ahead = last === undefined ? [] : [last, ...(loop.ahead ?? [])]
  return (
    <g>
      <path d={pathOf(loop.points, x)} fill="none" stroke="var(--water)" strokeWidth="2.25" />
      <path d={pathOf(ahead, x)} fill="none" stroke="var(--water)" strokeWidth="1.5" strokeDasharray="3 3.5" />
      {ahead.slice(1).map((point) => (
        <circle
          key={point.label}
          cx={x(point.atMs)}
          cy={laneY(point.lane)}
          r="3.5"
          fill="var(--surface)"
          stroke="var(--water)"
          strokeWidth="1.3"
          strokeDasharray="2 2"
        >
          <title>{`planned: ${point.label}`}</title>
        </circle>
      ))}
      {loop.points.map((point, at) => (
        <ChosenPoint
          key={at}
          point={point}
          x={x(point.atMs)}
          open={point === last && (loop.ahead?.length ?? 0) > 0}
          crowded={crowded(loop.points, at, x)}
        />
      ))}
    </g>
  )
}

// On one lane only labels with room are written; all are in the tooltip.
function crowded(points: readonly LoopPoint[], at: number, x: (atMs: number) => number): boolean {
  const point = points[at]
  const before = points[at - 1]
  if (point === undefined || before === undefined || before.lane !== point.lane) return false
  return x(point.atMs) - x(before.atMs) < 18 + point.label.length * 6
}

function ChosenPoint({
  point,
  x,
  open,
  crowded: hideLabel,
}: {
  point: LoopPoint
  x: number
  open: boolean
  crowded: boolean
}) {
  const y = laneY(point.lane)
  const onLane = point.lane === 'Serving'
  const left = x > LEFT + 20 + point.label.length * 6
  return (
    <g>
      <title>{`${point.label}, ${shortDay(point.atMs)} ${clock(point.atMs)}`}</title>
      <circle
        cx={x}
        cy={y}
        r={point.bad === true ? 5 : 4}
        fill={point.bad === true ? 'var(--bad-mark)' : open ? 'var(--surface)' : 'var(--water)'}
        stroke={open ? 'var(--water)' : 'var(--surface)'}
        strokeWidth={open ? 2.5 : 1.5}
      />
      {hideLabel ? null : (
        <text
          className="loop-label"
          x={onLane ? (open ? x - 8 : x) : left ? x - 9 : x + 9}
          y={onLane ? y - 9 : y + 4}
          textAnchor={onLane ? (open ? 'end' : 'middle') : left ? 'end' : 'start'}
        >
          {point.label}
        </text>
      )}
    </g>
  )
}
