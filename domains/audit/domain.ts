import type { Domain, Runtime } from '@millrace/kernel'
import { erasePayload } from './actions/erase-payload.ts'
import { listRecords } from './actions/list-records.ts'
import { readRecord } from './actions/read-record.ts'
import { routeExport } from './http/export-audit.ts'
import { exportAudit } from './http/export-stream.ts'
import { verifyAudit } from './http/verify-audit.ts'
import { createSealer } from './process/sealer.ts'
import * as createAuditTables from './store/migrations/0001-create-audit.ts'

export { auditSink } from './actions/record-act.ts'
export { listRecords } from './actions/list-records.ts'
export { verifyChain } from './model/verify-chain.ts'
export type { ChainRow, VerifyOptions } from './model/verify-chain.ts'
export type { Head, Payload, RecordBody, Sha256 } from './model/record.ts'

const sealEveryMs = 500

/** Audit: who did what, when, and can it be proved. Implements the kernel's `AuditSink` (`auditSink`). */
export function createAudit(runtime: Runtime): Domain {
  const sealer = createSealer(runtime)
  return {
    name: 'audit',
    migrations: { '0001-create-audit': createAuditTables },
    operations: [listRecords, readRecord, verifyAudit(runtime), erasePayload],
    chores: [{ name: 'audit.seal', everyMs: sealEveryMs, due: () => sealer.due(), run: () => sealer.seal() }],
    documented: [exportAudit],
    routes: routeExport(runtime),
    // Domains stop in reverse order, so what the others recorded while they stopped is sealed too.
    stop: () => sealer.seal(),
  }
}
