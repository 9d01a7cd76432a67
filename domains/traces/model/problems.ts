import { problems } from '@millrace/contract'

/** Every way this domain says no. */
export const problem = problems('traces', {
  'trace-not-found': { status: 404, say: (p: { id: string }) => `Trace with ID '${p.id}' not found.` },
  'tag-not-found': {
    status: 404,
    say: (p: { id: string; key: string }) => `No trace tag with key '${p.key}' for trace with ID '${p.id}'`,
  },
  'tag-protected': {
    status: 400,
    say: (p: { key: string; verb: string }) => `Tag '${p.key}' is immutable and cannot be ${p.verb} on a trace.`,
  },
  'assessment-not-found': {
    status: 404,
    say: (p: { id: string; traceId: string }) => `Assessment with ID '${p.id}' not found for trace '${p.traceId}'`,
  },
  'assessment-exists': {
    status: 409,
    say: (p: { id: string }) => `There is an assessment ${p.id} on this trace already.`,
  },
  'assessment-kind': {
    status: 400,
    say: (p: { given: string; kind: string }) =>
      `Cannot update ${p.given} value on ${p.kind === 'feedback' ? 'a Feedback' : p.kind === 'expectation' ? 'an Expectation' : 'an Issue'} assessment.`,
  },
  'bad-filter': { status: 400, say: (p: { reason: string }) => p.reason },
  'bad-metric-query': { status: 400, say: (p: { reason: string }) => p.reason },
  'bad-deletion': { status: 400, say: (p: { reason: string }) => p.reason },
  'evaluation-dataset-not-found': {
    status: 404,
    say: (p: { id: string }) => `There is no evaluation data set with the id '${p.id}'.`,
  },
  'scorer-not-found': {
    status: 404,
    say: (p: { name: string; experiment: string; version: number | null }) =>
      `Scorer with name '${p.name}'${p.version === null ? '' : ` and version ${p.version}`} not found for experiment ${p.experiment}.`,
  },
  'bad-scorer': { status: 400, say: (p: { reason: string }) => p.reason },
})
