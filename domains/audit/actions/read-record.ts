import * as contract from '../contract.ts'
import { auditProblem } from '../contract.ts'
import { query } from '../store/audit-store.ts'
import { showRecord } from './show-record.ts'

/** One record, with the states before and after unless they were erased. */
export const readRecord = query(contract.readAuditRecord, async ({ store, input }) => {
  const row = await store.find(input.id)
  if (row === undefined) throw auditProblem['no-such-record']({ id: input.id })
  const payload = await store.payload(row.id)
  const hadStates = row.before_digest !== null || row.after_digest !== null
  return {
    ...showRecord(row),
    ...stateOf('before', payload?.before),
    ...stateOf('after', payload?.after),
    erased: hadStates && payload === undefined,
  }
})

function stateOf(name: 'before' | 'after', json: string | null | undefined): Record<string, unknown> {
  return json === null || json === undefined ? {} : { [name]: JSON.parse(json) as unknown }
}
