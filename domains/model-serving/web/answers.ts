import type { ServingEndpoint } from '@millrace/model-serving/contract'
import type { AnswersView, LoggedPrediction } from './load-endpoint.ts'

const BINS = 10
const tokens: Readonly<Record<string, string>> = { champion: '--champion', canary: '--canary', shadow: '--shadow' }

/** How the newest answers spread over their score, as shares of each version's answers. Null where no score is a number. */
export function answersOf(rows: readonly LoggedPrediction[], { spec }: ServingEndpoint): AnswersView['answers'] {
  const scored = rows.flatMap((row) => {
    const value = spec.score.output === undefined ? Object.values(row.outputs).at(-1) : row.outputs[spec.score.output]
    return typeof value === 'number' && Number.isFinite(value) ? [{ row, value }] : []
  })
  if (scored.length === 0) return null
  const values = scored.map((each) => each.value)
  const share = values.every((value) => value >= 0 && value <= 1)
  const low = share ? 0 : Math.min(...values)
  const high = share ? 1 : Math.max(...values)
  const width = (high - low) / BINS || 1
  const byVersion = [...Map.groupBy(scored, (each) => each.row.version)].toSorted((a, b) => a[0] - b[0])
  return {
    edges: Array.from({ length: BINS }, (_, at) => String(Number((low + at * width).toPrecision(3)))),
    series: byVersion.map(([version, members]) => ({
      label: `v${version}`,
      token: tokens[members[0]?.row.role ?? ''] ?? '--idle-mark',
      values: shares(
        members.map((each) => Math.min(BINS - 1, Math.floor((each.value - low) / width))),
        members.length,
      ),
    })),
    threshold: share ? spec.score.threshold : null,
    rows: scored.length,
  }
}

function shares(bins: readonly number[], all: number): number[] {
  const counts = Array.from({ length: BINS }, () => 0)
  for (const bin of bins) counts[bin] = (counts[bin] ?? 0) + 1
  return counts.map((each) => each / all)
}
