import { problems } from '@millrace/contract'

/** Every way this dialect says no. */
export const otlpProblem = problems('otlp', {
  'bad-content-type': {
    status: 400,
    say: (p: { got: string }) => `Invalid Content-Type: ${p.got}. Expected: application/x-protobuf or application/json`,
  },
  'bad-encoding': { status: 400, say: (p: { reason: string }) => p.reason },
  'bad-payload': { status: 400, say: (p: { reason: string }) => `Invalid OpenTelemetry format - ${p.reason}` },
  'too-large': {
    status: 413,
    say: (p: { limitBytes: number }) =>
      `The spans unpack to more than ${p.limitBytes} bytes. Send them in smaller batches.`,
  },
  'no-experiment': {
    status: 422,
    say: () => 'The header x-mlflow-experiment-id is missing: it names the experiment that the spans belong to.',
  },
  'bad-experiment': { status: 400, say: (p: { reason: string }) => p.reason },
  'no-span': {
    status: 422,
    say: (p: { reason: string }) => `Cannot convert OpenTelemetry span to MLflow span: ${p.reason}`,
  },
})
