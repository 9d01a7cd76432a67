import { Problem } from '@millrace/contract'
import { fingerprintOf } from '../fingerprint.ts'
import { otlpSpan } from '../otlp-span.ts'
import type { SourceAssessment, SourceTrace } from '../source.ts'
import type { Placed } from './bring-experiments.ts'
import type { Importing } from './importing.ts'
import { inParallel, readKnown, remember } from './importing.ts'

const sourceTypes: Readonly<Record<string, string>> = {
  HUMAN: 'person',
  CODE: 'program',
  LLM_JUDGE: 'model',
  AI_JUDGE: 'model',
}

/** Takes traces: their spans the way any client sends them, then what is said of them, then whose they are. */
export async function bringTraces(importing: Importing, placed: ReadonlyMap<string, Placed>): Promise<void> {
  const { source, report, progress, dryRun } = importing
  const known = await readKnown(importing, 'trace')
  const total = (await source.counts()).traces
  let [done, renamed] = [0, 0]
  for await (const page of source.traces(new Set(placed.keys()))) {
    const states = new Map(page.map((trace) => [trace.id, fingerprintOf(trace)]))
    const isNew = ({ id, startedAtMs }: SourceTrace) =>
      known.get(id) !== states.get(id) && startedAtMs >= (importing.sinceMs ?? 0)
    const changed = page.filter(isNew)
    report.count('traces', 'same', page.length - changed.length)
    if (dryRun) report.count('traces', 'made', changed.length)
    else await bringPage(importing, placed, changed, states)
    done += page.length
    renamed += changed.filter(({ id }) => ownId(id) !== id).length
    progress('Traces', done, Math.max(total, done))
  }
  if (renamed > 0) report.map('traces', String(renamed), 'have "tr-" before their ids, as all have since MLflow 3')
}

/** Traces of MLflow 2 have the 32 digits alone. */
function ownId(id: string): string {
  return /^[0-9a-f]{32}$/.test(id) ? `tr-${id}` : id
}

async function bringPage(
  importing: Importing,
  placed: ReadonlyMap<string, Placed>,
  traces: readonly SourceTrace[],
  states: ReadonlyMap<string, string>,
): Promise<void> {
  const whole = new Map<string, string>()
  await inParallel(traces, 4, async (trace) => {
    const number = placed.get(trace.experimentId)?.number ?? 0
    try {
      await sendSpans(importing, trace, number)
      await importing.api.post('/traces', descriptionOf(trace, number))
      await link(importing, trace)
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error
      importing.report.leave('trace', trace.id, error.message)
      return
    }
    whole.set(trace.id, states.get(trace.id) ?? '')
    importing.report.count('traces', 'made')
    importing.report.count('assessments', 'made', trace.assessments.length)
  })
  await remember(importing, 'trace', whole)
}

async function sendSpans({ api, token, report }: Importing, trace: SourceTrace, number: number): Promise<void> {
  if (trace.spans.length === 0) return
  const id = ownId(trace.id)
  if (!/^tr-[0-9a-f]{32}$/.test(id)) {
    report.leave('spans of trace', trace.id, 'its id is not OpenTelemetry’s, so no span can belong to it')
    return
  }
  const spans = trace.spans.map((span) => otlpSpan(span, id))
  const response = await fetch(`${api.url.replace(/\/$/, '')}/v1/traces`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-mlflow-experiment-id': String(number),
      'x-mlflow-workspace': api.workspace,
      ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] }),
  })
  const answer = await response.text()
  if (!response.ok)
    throw new Problem('client/refused', response.status, `Its spans were refused: ${answer.slice(0, 300)}`)
  report.count('spans', 'made', spans.length)
}

function descriptionOf(trace: SourceTrace, number: number) {
  const { id, state, startedAtMs, durationMs, clientRequestId, requestPreview, responsePreview, tags, metadata } = trace
  return {
    id: ownId(id),
    experimentId: String(number),
    state,
    startedAtMs,
    durationMs,
    clientRequestId,
    requestPreview,
    responsePreview,
    tags,
    metadata,
    assessments: trace.assessments.map(assessmentOf),
    final: metadata['mlflow.trace.infoFinalized'] === 'true',
  }
}

function assessmentOf(assessment: SourceAssessment) {
  const { sourceType, sourceId, ...rest } = assessment
  return { ...rest, source: { type: sourceTypes[sourceType] ?? 'unspecified', id: sourceId } }
}

async function link({ api }: Importing, { id, runIds }: SourceTrace): Promise<void> {
  for (const runId of runIds) await api.post('/traces/links', { ids: [ownId(id)], runId })
}
