/** Spans around work. Off unless an OTLP endpoint is configured; an adapter does the sending. */
export interface Tracing {
  /** Runs work in a span. With the headers of a request the span continues the trace that they name. */
  span<T>(
    name: string,
    about: {
      readonly attributes?: Readonly<Record<string, string | number>>
      readonly headers?: Readonly<Record<string, unknown>>
    },
    work: () => Promise<T>,
  ): Promise<T>
  /** Sends what is left. */
  stop(): Promise<void>
}

/** Starts sending spans to an OTLP endpoint. */
export type StartTracing = (endpoint: string) => Tracing

/** No spans at all. */
export const noTracing: Tracing = { span: (_name, _about, work) => work(), stop: async () => {} }
