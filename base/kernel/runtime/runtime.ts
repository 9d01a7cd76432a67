import type { IncomingHttpHeaders } from 'node:http'
import type { Actor, Authorizer, Scope, Visibility } from '../actions/scope.ts'
import type { Runner } from '../actions/runner.ts'
import type { Analytics } from '../analytics/analytics.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../db/db.ts'
import type { EventHub } from '../events/hub.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { SealedColumn } from '../secrets/reseal.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Readers } from '../readers/readers.ts'
import type { ResourceKind, NodeKind } from './domain.ts'

/** What the kernel gives every domain when it is made. */
export interface Runtime {
  readonly runner: Runner
  readonly database: Database
  readonly objects: ObjectStore
  /** Opens a place for reading that an experiment names itself (`file:///…`, `s3://…`). Throws `objects/unknown-location`. */
  readonly openObjects: (location: string) => Promise<ObjectStore>
  readonly analytics: Analytics
  /** Large reads of the store, away from the event loop. */
  readonly readers: Readers
  readonly hub: EventHub
  readonly log: Logger
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly config: Config
  /** The folder of this server's own files; a domain keeps its own below `<dataDir>/<domain>`. */
  readonly dataDir: string
  readonly nowMs: () => number
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly newId: (prefix: string) => string
  readonly newHexId: () => string
  /** `http://127.0.0.1:7400`, with the base path; known once the server listens. */
  readonly baseUrl: () => string
  /** Kinds of all domains, filled before the first request. */
  readonly nodeKinds: ReadonlyMap<string, NodeKind>
  readonly resources: ReadonlyMap<string, ResourceKind>
  /** Seals what must not lie readable in the database. */
  readonly secrets: Secrets
  /** Where all domains keep sealed texts, filled before the first request. */
  readonly sealedColumns: readonly SealedColumn[]
  /** Who is behind a request. Throws `access/unauthenticated`. */
  readonly authenticate: Authenticate
  /** Checks a permission outside an operation (streams, dialect routes). Throws `access/forbidden`. */
  readonly authorize: Authorizer['authorize']
  /** Which things of a kind a list may show, outside an operation. See `Visibility`. */
  readonly visible: (scope: Scope, permission: string, kind: string) => Promise<Visibility>
}

/** Implemented by `access`: tells who sends a request with these headers, from this address. */
export type Authenticate = (request: {
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string
}) => Promise<Actor>

/** The actor behind listeners and chores: Millrace itself, with all permissions, named for the audit. */
export function systemActor(name: string): Actor {
  return { id: `system:${name}`, kind: 'system', name }
}
