import type { Figure } from '../contract.ts'
import type { EvidenceSeen, Seen } from './evidence.ts'
import { ofData } from './evidence.ts'
import { metricName, rows, withError } from './measured.ts'

export const notMeasured = 'not measured'

/** What every card shows, measured or not, by the kind of evidence that would measure it. */
const always: readonly (readonly [kind: string, label: string])[] = [
  ['evaluation', 'quality'],
  ['comparison', 'compared with the champion'],
  ['latency', 'latency'],
  ['signature', 'signature'],
]

/**
 * The figures of a card. `labels` are those a card of this version once showed: a figure whose evidence is gone reads
 * "not measured" instead of going with it. Later evidence replaces earlier under the same label.
 */
export function cardFigures(
  seen: Pick<Seen, 'evidence' | 'datasetNames' | 'versionNames'>,
  labels: readonly string[],
): Figure[] {
  const figures = new Map<string, Figure>()
  for (const evidence of seen.evidence.toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))) {
    for (const figure of figuresOf(evidence, seen)) figures.set(figure.label, figure)
  }
  const kinds = new Set(seen.evidence.map((evidence) => evidence.kind))
  const lacking = always.filter(([kind]) => !kinds.has(kind)).map(([, label]) => label)
  for (const label of [...labels, ...lacking]) {
    if (!figures.has(label)) {
      figures.set(label, { label, value: notMeasured, evidenceId: null, datasetVersionId: null })
    }
  }
  return [...figures.values()].toSorted((a, b) => (a.label < b.label ? -1 : 1))
}

/** The figures one piece of evidence gives. */
export function figuresOf(evidence: EvidenceSeen, seen: Pick<Seen, 'datasetNames' | 'versionNames'>): Figure[] {
  const { id: evidenceId, datasetVersionId } = evidence
  const data = ofData(seen, datasetVersionId)
  const figure = (label: string, value: string): Figure => ({ label, value, evidenceId, datasetVersionId })
  if (evidence.kind === 'signature') return [figure('signature', evidence.sentence)]
  const other = evidence.comparedWith?.versionId ?? ''
  const measured = evidence.metrics.map((metric) =>
    figure(
      `${metricName(metric.name)}${data.replace(/^ of /, ' on ')}`,
      `${withError(metric.value, metric.standardError)} over ${rows(metric.n)}`,
    ),
  )
  const differences = (evidence.comparedWith?.differences ?? []).map((found) =>
    figure(
      `${metricName(found.metric)} against ${seen.versionNames.get(other) ?? other}${data.replace(/^ of /, ' on ')}`,
      `${found.difference < 0 ? 'worse' : 'better'} by ${withError(Math.abs(found.difference), found.standardError)} over ${rows(found.n)}`,
    ),
  )
  return [...measured, ...differences]
}
