import type { Query, Runtime } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { verifyWorkspace } from '../process/verify-workspace.ts'
import { query } from '../store/audit-store.ts'

/** The verification as an operation; it also reads the head file, which lies outside the store. */
export function verifyAudit(
  runtime: Runtime,
): Query<typeof contract.verifyAudit.input, typeof contract.verifyAudit.output> {
  return query(contract.verifyAudit, ({ workspace }) => verifyWorkspace(runtime, workspace))
}
