import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { auditProblem } from '../contract.ts'
import { erasure } from '../model/verify-chain.ts'
import { action } from '../store/audit-store.ts'
import { showRecord } from './show-record.ts'

/** Erases the states before and after an act, and records that it did: without that record the verification fails. */
export const erasePayload = action(contract.erasePayload, async ({ store, input }) => {
  const row = await store.find(input.id)
  if (row === undefined) throw auditProblem['no-such-record']({ id: input.id })
  if ((await store.payload(row.id)) === undefined) return { answer: showRecord(row), audit: 'unchanged' }
  await store.erasePayload(row.id)
  return { answer: showRecord(row), audit: { object: ref(erasure.objectKind, row.id), reason: input.reason } }
})
