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
export { heldAmong } from './actions/holds.ts'
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
  Visibility,
} from './actions/scope.ts'
export { everythingVisible, isVisible } from './actions/scope.ts'
export type { Analytics, Cell, Row } from './analytics/analytics.ts'
export { analyticsProblem } from './analytics/analytics.ts'
export type { Chore } from './chores/chores.ts'
export { configProblem, flagOf, loadConfig, settings, variableOf } from './config/config.ts'
export type { Config, ConfigSource, LoadedConfig, SettingName } from './config/config.ts'
export type { StoredEvent } from './events/append.ts'
export { matches } from './events/append.ts'
export type { EventHub, LiveMessage } from './events/hub.ts'
export { sessionCookie } from './http/browser-safety.ts'
export { asProblem, problemBody, sendProblem } from './http/answer-problem.ts'
export { parseJson } from './http/json-body.ts'
export { openApiOf } from './http/openapi.ts'
export { rawBodyOf, takeRawBodies } from './http/raw-bodies.ts'
export { callContextOf } from './http/route-operation.ts'
export { whileConnected } from './http/while-connected.ts'
export { contentTypeOf, sendObject } from './http/send-object.ts'
export type { SentObject } from './http/send-object.ts'
export { openFileCache } from './object-store/file-cache.ts'
export type { FileCache } from './object-store/file-cache.ts'
export { openLocalDisk, readLocalDisk, streamOf } from './object-store/local-disk.ts'
export { mountStore } from './object-store/mounted-stores.ts'
export { checkKey, objectProblem } from './object-store/object-store.ts'
export type {
  ByteRange,
  DirectTransfers,
  DirectUploads,
  ObjectInfo,
  ObjectStore,
  OpenedObject,
  ResumableUploads,
  SignedRequest,
  StagedObject,
  StoredObject,
  UploadedPart,
} from './object-store/object-store.ts'
export { createRemoteStore } from './object-store/remote-store.ts'
export type { RemoteBackend } from './object-store/remote-store.ts'
export { parseLocation } from './object-store/store-location.ts'
export type { OpenLocation, StoreLocation } from './object-store/store-location.ts'
export { readTask } from './readers/read-task.ts'
export type { Read, ReadContext, ReadTask } from './readers/read-task.ts'
export { readerProblem } from './readers/reader-problems.ts'
export type { ReadOptions, Readers } from './readers/readers.ts'
export { isPublicAddress } from './outgoing/address.ts'
export { lockDataDir } from './runtime/data-dir.ts'
export type { DataDirLock } from './runtime/data-dir.ts'
export { on } from './runtime/domain.ts'
export type { Domain, Listener, NodeDescription, NodeKind, ResourceKind } from './runtime/domain.ts'
export { createKernel, migrationSets } from './runtime/kernel.ts'
export type { Kernel, KernelOptions, KernelPorts } from './runtime/kernel.ts'
export { systemActor } from './runtime/runtime.ts'
export type { Authenticate, Runtime } from './runtime/runtime.ts'
export { reseal } from './secrets/reseal.ts'
export type { SealedColumn } from './secrets/reseal.ts'
export { createSecrets } from './secrets/secrets.ts'
export type { Secrets, SecretsOptions } from './secrets/secrets.ts'
export { createLog } from './telemetry/log.ts'
export type { Logger } from './telemetry/log.ts'
export { Counter, createMetrics, Gauge, Histogram } from './telemetry/metrics.ts'
export type { Metrics } from './telemetry/metrics.ts'
export type { StartTracing, Tracing } from './telemetry/tracing.ts'
