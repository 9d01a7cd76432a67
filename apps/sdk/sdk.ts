import type { ConnectOptions } from './millrace.ts'
import { Millrace } from './millrace.ts'
import { serverPlatform } from './server/server-platform.ts'

export { MillraceError } from './http/millrace-error.ts'
export type { ConnectOptions } from './millrace.ts'
export { Millrace } from './millrace.ts'
export type { Endpoint, Predictions, PredictOptions } from './registry/endpoint.ts'
export type { FoundVersion, Models, Registration, TensorSpec } from './registry/models.ts'
export type { FoundRun, MetricPoint, Runs, SearchOptions } from './registry/runs.ts'
export type { Source } from './run/platform.ts'
export type {
  ArtifactOptions,
  EndStatus,
  LogOptions,
  MetricsOf,
  ParamsOf,
  ParamValue,
  Run,
  RunShape,
} from './run/run.ts'
export type { StartOptions } from './run/start-run.ts'
export type { StoredArtifact } from './run/store-artifacts.ts'
export type { Spool, SpooledRequest, Spools } from './spool/spool.ts'
export { memorySpools } from './spool/spool.ts'

/** Connects to a server from Node, Bun or Deno: `const millrace = connect()`. Nothing is opened before it is used. */
export function connect(options: ConnectOptions = {}): Millrace {
  return new Millrace(options, serverPlatform)
}
