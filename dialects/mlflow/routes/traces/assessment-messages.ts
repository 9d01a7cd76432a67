import type { Assessment } from '@millrace/traces/contract'
import type { z } from 'zod'
import type { NewAssessment } from '@millrace/traces/contract'
import type { Message } from '../../wire/message.ts'
import { flag, inner, optionalText, text } from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import { optionalTime, timestamp } from './times.ts'

const sources = {
  person: 'HUMAN',
  model: 'LLM_JUDGE',
  program: 'CODE',
  unspecified: 'SOURCE_TYPE_UNSPECIFIED',
} as const

/** An assessment as MLflow writes it. */
export function assessmentMessage(assessment: Assessment) {
  return {
    assessment_id: assessment.id,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    span_id: assessment.spanId ?? undefined,
    source: { source_type: sources[assessment.source.type], source_id: assessment.source.id },
    create_time: timestamp(assessment.createdAtMs),
    last_update_time: timestamp(assessment.updatedAtMs),
    ...valueMessage(assessment),
    rationale: assessment.rationale ?? undefined,
    metadata: Object.keys(assessment.metadata).length === 0 ? undefined : assessment.metadata,
    overrides: assessment.overrides ?? undefined,
    valid: assessment.valid,
  }
}

function valueMessage({ kind, value, error }: Assessment) {
  if (kind === 'issue') return { issue: value }
  if (kind === 'feedback') {
    const failure =
      error === null
        ? undefined
        : { error_code: error.code, error_message: error.message, stack_trace: error.stackTrace }
    return { feedback: { value, error: failure } }
  }
  // Lists and objects travel as JSON inside a text.
  if (value === null || typeof value === 'object')
    return { expectation: { serialized_value: { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) } } }
  return { expectation: { value } }
}

export type GivenAssessment = z.input<typeof NewAssessment>

/** An assessment as a client sends it. Throws MLflow's sentences. */
export function readAssessment(message: Message): GivenAssessment {
  const id = optionalText(message, 'assessment_id')
  const createdAtMs = optionalTime(message, 'create_time')
  const updatedAtMs = optionalTime(message, 'last_update_time')
  return {
    ...valueOf(message),
    name: text(message, 'assessment_name'),
    source: sourceOf(inner(message, 'source')),
    spanId: orNull(optionalText(message, 'span_id')),
    rationale: orNull(optionalText(message, 'rationale')),
    overrides: orNull(optionalText(message, 'overrides')),
    valid: flag(message, 'valid') ?? true,
    metadata: textMap(message, 'metadata'),
    ...(id === undefined || id === '' ? {} : { id }),
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...(updatedAtMs === undefined ? {} : { updatedAtMs }),
  }
}

/** The value of an assessment, by what it is. */
export function valueOf(message: Message): Pick<GivenAssessment, 'kind' | 'value' | 'error'> {
  if (message['feedback'] !== undefined) {
    const feedback = inner(message, 'feedback')
    const error = feedback['error'] ?? message['error']
    return { kind: 'feedback', value: jsonOf(feedback['value']), error: errorOf(error) }
  }
  if (message['expectation'] !== undefined) {
    const expectation = inner(message, 'expectation')
    const serialized = expectation['serialized_value']
    const value =
      serialized === undefined ? jsonOf(expectation['value']) : parsed(inner(expectation, 'serialized_value'))
    return { kind: 'expectation', value }
  }
  if (message['issue'] !== undefined) return { kind: 'issue', value: jsonOf(inner(message, 'issue')) }
  throw invalid('Unknown assessment type: None')
}

type Json = GivenAssessment['value']

function jsonOf(value: unknown): Json {
  return (value ?? null) as Json // it came as JSON
}

function parsed(serialized: Message): Json {
  const format = optionalText(serialized, 'serialization_format')
  if (format !== 'JSON_FORMAT')
    throw invalid(`Unknown serialization format: ${String(format)}. Only JSON_FORMAT is supported.`)
  try {
    return JSON.parse(text(serialized, 'value')) as Json // it is JSON
  } catch {
    throw invalid('The serialized value of an expectation is no JSON.')
  }
}

function errorOf(error: unknown): GivenAssessment['error'] {
  if (typeof error !== 'object' || error === null) return null
  const fields = error as Message // an object, as was seen
  const message = optionalText(fields, 'error_message')
  const stackTrace = optionalText(fields, 'stack_trace')
  return {
    code: optionalText(fields, 'error_code') ?? '',
    ...(message === undefined ? {} : { message }),
    ...(stackTrace === undefined ? {} : { stackTrace }),
  }
}

function sourceOf(source: Message): Assessment['source'] {
  const wanted = source['source_type']
  const name = wanted ?? 'CODE'
  const type = typeof name === 'string' || typeof name === 'number' ? sourceTypes[name] : undefined
  if (type === undefined) throw invalid(`Invalid assessment source type: ${JSON.stringify(wanted)}.`)
  return { type, id: optionalText(source, 'source_id') ?? 'default' }
}

const sourceTypes: Readonly<Record<string, Assessment['source']['type']>> = {
  HUMAN: 'person',
  '1': 'person',
  LLM_JUDGE: 'model',
  AI_JUDGE: 'model',
  '2': 'model',
  CODE: 'program',
  '3': 'program',
  SOURCE_TYPE_UNSPECIFIED: 'unspecified',
  '0': 'unspecified',
}

function orNull(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value
}

/** A map of texts. */
export function textMap(message: Message, name: string): Record<string, string> {
  const entries = Object.entries(inner(message, name))
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}
