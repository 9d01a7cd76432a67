import type { SourceAssessment } from './source.ts'
import { errorOf, textsIn } from './sql/sql-traces.ts'
import { textOf, textOrNull, timeOf } from './words.ts'

type Members = Readonly<Record<string, unknown>>

/** An assessment as MLflow's API and its file store write it. */
export function assessmentOf(given: Members): SourceAssessment {
  const source = objectOf(given['source'])
  const feedback = objectOf(given['feedback'])
  const isExpectation = given['expectation'] !== undefined
  return {
    id: textOf(given['assessment_id']),
    name: textOf(given['assessment_name'] ?? given['name']),
    kind: isExpectation ? 'expectation' : 'feedback',
    value: isExpectation ? expected(objectOf(given['expectation'])) : (feedback['value'] ?? null),
    error: errorOf(feedback['error']),
    sourceType: textOf(source['source_type']),
    sourceId: textOf(source['source_id']),
    spanId: textOrNull(given['span_id']),
    rationale: textOrNull(given['rationale']),
    overrides: textOrNull(given['overrides']),
    valid: given['valid'] !== false,
    metadata: textsIn(given['metadata']),
    createdAtMs: timeOf(given['create_time'] ?? given['create_time_ms']) ?? 0,
    updatedAtMs: timeOf(given['last_update_time'] ?? given['last_update_time_ms']) ?? 0,
  }
}

/** Lists and objects travel as JSON text. */
function expected(given: Members): unknown {
  const serialized = objectOf(given['serialized_value'])['value']
  return typeof serialized === 'string' ? (JSON.parse(serialized) as unknown) : (given['value'] ?? null)
}

function objectOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {} // read member by member
}
