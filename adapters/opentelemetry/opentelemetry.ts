import type { StartTracing } from '@millrace/kernel'
import type { Attributes } from '@opentelemetry/api'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'

/** Sends spans to an OTLP endpoint over HTTP, and continues the trace that a caller's `traceparent` names. */
export const startTracing: StartTracing = (endpoint) => {
  // The SDK reads where to send from its own variables; flags of ours end there.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
  process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] ??= 'http/protobuf'
  process.env['OTEL_METRICS_EXPORTER'] ??= 'none'
  process.env['OTEL_LOGS_EXPORTER'] ??= 'none'
  const sdk = new NodeSDK({ serviceName: 'millrace' })
  sdk.start()
  const tracer = trace.getTracer('millrace')
  return {
    span: (name, { attributes, headers }, work) => {
      const parent = headers === undefined ? context.active() : propagation.extract(context.active(), headers)
      const options = {
        kind: headers === undefined ? SpanKind.INTERNAL : SpanKind.SERVER,
        attributes: attributes as Attributes,
      } // plain values
      return tracer.startActiveSpan(name, options, parent, async (span) => {
        try {
          return await work()
        } catch (error) {
          span.setStatus({
            code: SpanStatusCode.ERROR,
            message: error instanceof Error ? error.message : String(error),
          })
          throw error
        } finally {
          span.end()
        }
      })
    },
    stop: () => sdk.shutdown(),
  }
}
