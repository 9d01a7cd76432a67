import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export { Counter, Gauge, Histogram } from 'prom-client'

/** The process's Prometheus metrics, with the names OpenTelemetry's conventions give once `.` becomes `_`. */
export interface Metrics {
  readonly registry: Registry
  readonly httpDuration: Histogram<'method' | 'route' | 'status'>
  readonly actionDuration: Histogram<'action'>
  readonly outbox: Gauge<'state'>
  readonly events: Counter<'name'>
}

/** Deliveries by state, as a scrape asks for them. */
export type CountDeliveries = () => Promise<{ pending: number; dead: number }>

/** Makes the registry with the metrics that the kernel itself keeps. */
export function createMetrics(countDeliveries: CountDeliveries): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  return {
    registry,
    httpDuration: new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Time from the request’s head to the answer’s end',
      labelNames: ['method', 'route', 'status'],
      buckets,
      registers,
    }),
    actionDuration: new Histogram({
      name: 'millrace_action_duration_seconds',
      help: 'Time from an action’s call to its commit',
      labelNames: ['action'],
      buckets,
      registers,
    }),
    outbox: new Gauge({
      name: 'millrace_outbox_deliveries',
      help: 'Deliveries that wait for their handler (pending), or for a person because they failed too often (dead)',
      labelNames: ['state'],
      registers,
      async collect() {
        const { pending, dead } = await countDeliveries()
        this.set({ state: 'pending' }, pending)
        this.set({ state: 'dead' }, dead)
      },
    }),
    events: new Counter({ name: 'millrace_events_total', help: 'Events committed', labelNames: ['name'], registers }),
  }
}
