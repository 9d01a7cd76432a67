import { count } from '../format/format.ts'

const W = 96
const H = 22

/** A distribution without axes, for a table's row. `labels` say what each bar counts. */
export function MiniBars({
  name,
  labels,
  values,
}: {
  name: string
  labels: readonly string[]
  values: readonly number[]
}) {
  const top = Math.max(...values, 1)
  const width = W / Math.max(1, values.length)
  return (
    <svg className="mini-bars" width={W} height={H} role="img" aria-label={name}>
      {values.map((value, at) => {
        const height = value === 0 ? 0 : Math.max(1, (value / top) * (H - 2))
        return (
          <rect
            key={`${at}:${labels[at] ?? ''}`}
            x={at * width}
            y={H - height}
            width={Math.max(1, width - 1)}
            height={height}
            fill="var(--cur)"
          >
            <title>{`${labels[at] ?? ''}: ${count(value)}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}
