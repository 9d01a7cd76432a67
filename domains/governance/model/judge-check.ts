import type { Check, Verdict } from '../contract.ts'
import type { DifferenceSeen, EvidenceSeen, MetricSeen, Seen } from './evidence.ts'
import { newest, ofData } from './evidence.ts'
import { intervalOf, lessIsBetter, metricName, plain, rows, withError } from './measured.ts'

/** What a check says of a version: by which evidence, in figures with their uncertainty. */
export interface Judgement {
  readonly verdict: Verdict
  readonly sentence: string
  readonly evidenceId: string | null
}

/** Holds one check against what was measured. It knows nothing of overrides. */
export function judgeCheck(check: Check, seen: Seen): Judgement {
  switch (check.kind) {
    case 'better_than_champion':
      return betterThanChampion(check, seen)
    case 'metric_at_least':
    case 'metric_at_most':
      return metricWithinLimit(check, seen)
    case 'signature_present':
      return signaturePresent(seen)
    case 'evidence_present':
      return evidencePresent(check, seen)
    default:
      return check.kind satisfies never
  }
}

const unknown = (sentence: string, evidenceId: string | null = null): Judgement => ({
  verdict: 'not_enough_evidence',
  sentence,
  evidenceId,
})

function betterThanChampion(check: Check, seen: Seen): Judgement {
  const { version, champion } = seen
  if (champion === null) {
    const sentence = `${version.model} has no champion yet: there is nothing to be better than`
    return { verdict: 'pass', sentence, evidenceId: null }
  }
  if (champion.id === version.id) {
    return { verdict: 'pass', sentence: `v${version.version} is the champion itself`, evidenceId: null }
  }
  const comparisons = seen.evidence.filter((evidence) => differenceOf(check, evidence) !== undefined)
  const comparison = newest(comparisons.filter((found) => found.comparedWith?.versionId === champion.id))
  const difference = comparison === undefined ? undefined : differenceOf(check, comparison)
  if (comparison === undefined || difference === undefined) {
    const other = newest(comparisons)
    return other === undefined
      ? unknown(`no comparison with the champion v${champion.version} on a data version`)
      : unknown(
          `the champion is v${champion.version} now, and the comparison is with another version: compare again`,
          other.id,
        )
  }
  return judgeDifference(check, difference, comparison, seen)
}

/** The difference a check asks for; none without a data version, since then nobody can say on which rows it holds. */
function differenceOf(check: Check, evidence: EvidenceSeen): DifferenceSeen | undefined {
  if (evidence.datasetVersionId === null) return undefined
  const differences = evidence.comparedWith?.differences ?? []
  return check.metric === undefined ? differences[0] : differences.find((found) => found.metric === check.metric)
}

function judgeDifference(check: Check, found: DifferenceSeen, evidence: EvidenceSeen, seen: Seen): Judgement {
  const { metric, difference, standardError, n } = found
  const name = metricName(metric)
  const data = `over ${rows(n)}${ofData(seen, evidence.datasetVersionId)}`
  const interval = intervalOf({ value: difference, standardError, n }, check.confidence)
  if (interval === undefined)
    return unknown(`${name} compared ${data}, too few to say how certain that is`, evidence.id)
  const improves = difference > 0
  const way = improves === lessIsBetter(metric) ? 'lower' : 'higher'
  const said = `${name} ${way} by ${withError(Math.abs(difference), standardError)} ${data}`
  if (interval.lower > 0) return { verdict: 'pass', sentence: said, evidenceId: evidence.id }
  if (interval.upper < 0) return { verdict: 'fail', sentence: said, evidenceId: evidence.id }
  return unknown(`${said}: too close to tell at ${percent(check.confidence)}`, evidence.id)
}

function metricWithinLimit(check: Check, seen: Seen): Judgement {
  const { metric = '', limit = 0, confidence } = check // the contract asks for both
  const has = (evidence: EvidenceSeen) => metricIn(evidence, metric) !== undefined
  const evidence = newest(seen.evidence.filter(has))
  const found = evidence === undefined ? undefined : metricIn(evidence, metric)
  if (evidence === undefined || found === undefined) return unknown(`${metricName(metric)} was not measured`)
  const atLeast = check.kind === 'metric_at_least'
  const interval = intervalOf(found, confidence) ?? { lower: found.value, upper: found.value }
  const figure = `${metricName(metric)} ${withError(found.value, found.standardError)}`
  const data = ` over ${rows(found.n)}${ofData(seen, evidence.datasetVersionId)}`
  const said = `${figure}${data}, asked for ${atLeast ? 'at least' : 'at most'} ${plain(limit)}`
  const verdict = verdictWithin(interval, limit, atLeast)
  const tail = verdict === 'not_enough_evidence' ? `: too close to tell at ${percent(confidence)}` : ''
  return { verdict, sentence: `${said}${tail}`, evidenceId: evidence.id }
}

function verdictWithin(interval: { lower: number; upper: number }, limit: number, atLeast: boolean): Verdict {
  if (atLeast ? interval.lower >= limit : interval.upper <= limit) return 'pass'
  return (atLeast ? interval.upper < limit : interval.lower > limit) ? 'fail' : 'not_enough_evidence'
}

function metricIn(evidence: EvidenceSeen, metric: string): MetricSeen | undefined {
  return evidence.metrics.find((found) => found.name === metric && Number.isFinite(found.value))
}

function signaturePresent(seen: Seen): Judgement {
  const evidence = newest(seen.evidence.filter((found) => found.kind === 'signature'))
  const evidenceId = evidence?.id ?? null
  if (evidence?.verdict === 'fail') return { verdict: 'fail', sentence: evidence.sentence, evidenceId }
  if (seen.version.hasSignature) {
    return { verdict: 'pass', sentence: 'inputs and outputs are described and typed', evidenceId }
  }
  const sentence = `v${seen.version.version} has no signature: nobody can say what it takes and gives`
  return { verdict: 'fail', sentence, evidenceId }
}

function evidencePresent(check: Check, seen: Seen): Judgement {
  const wanted = check.evidence
  const found = newest(seen.evidence.filter((evidence) => wanted === undefined || evidence.kind === wanted))
  const what = wanted === undefined ? 'evidence' : `evidence of kind ${wanted}`
  if (found === undefined) return unknown(`no ${what} is attached`)
  if (found.verdict === 'fail') return { verdict: 'fail', sentence: found.sentence, evidenceId: found.id }
  return { verdict: 'pass', sentence: found.sentence, evidenceId: found.id }
}

function percent(confidence: number): string {
  return `${plain(confidence * 100)} %`
}
