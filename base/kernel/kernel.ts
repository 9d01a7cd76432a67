/** The server's ground: configuration, store, actions, outbox, chores, files, analytics, HTTP, telemetry. Knows nothing of machine learning. */
export { operations } from './actions/action.ts'
export type {
  Action,
  ActionContext,
  AnyOperation,
  Holds,
  Ingest,
  IngestOutcome,
  Query,
  QueryContext,
  StoreOf,
} from './actions/action.ts'
export { expectRevision, kernelProblem } from './actions/kernel-problems.ts'
export { parseInput } from './actions/runner.ts'
export type { CallContext, Runner } from './actions/runner.ts'
export type {
  Actor,
  AuditEntry,
  AuditRecordInput,
  AuditSink,
  Authorized,
  Authorizer,
  Guard,
  LineageEdge,
  LineageEdgeType,
  LineageSink,
  Outcome,
  Scope,
} from './actions/scope.ts'
export type { Analytics, Cell, Row } from './analytics/analytics.ts'
export { analyticsProblem } from './analytics/analytics.ts'
export type { Chore } from './chores/chores.ts'
export { configProblem, flagOf, loadConfig, settings, variableOf } from './config/config.ts'
export type { Config, ConfigSource, LoadedConfig, SettingName } from './config/config.ts'
export type { StoredEvent } from './events/append.ts'
export { matches } from './events/append.ts'
export type { EventHub, LiveMessage } from './events/hub.ts'
export { asProblem, problemBody, sendProblem } from './http/answer-problem.ts'
export { parseJson } from './http/json-body.ts'
export { openApiOf } from './http/openapi.ts'
export { callContextOf } from './http/route-operation.ts'
export { openLocalDisk, streamOf } from './object-store/local-disk.ts'
export { checkKey, objectProblem } from './object-store/object-store.ts'
export type { ByteRange, ObjectInfo, ObjectStore, StoredObject } from './object-store/object-store.ts'
export { lockDataDir } from './runtime/data-dir.ts'
export type { DataDirLock } from './runtime/data-dir.ts'
export { on } from './runtime/domain.ts'
export type { Domain, Listener, NodeDescription, NodeKind, ResourceKind } from './runtime/domain.ts'
export { createKernel, migrationSets } from './runtime/kernel.ts'
export type { Kernel, KernelOptions, KernelPorts } from './runtime/kernel.ts'
export { systemActor } from './runtime/runtime.ts'
export type { Authenticate, Runtime } from './runtime/runtime.ts'
export { createLog } from './telemetry/log.ts'
export type { Logger } from './telemetry/log.ts'
export { Counter, createMetrics, Gauge, Histogram } from './telemetry/metrics.ts'
export type { Metrics } from './telemetry/metrics.ts'
export type { StartTracing, Tracing } from './telemetry/tracing.ts'
