import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { Scope } from '@millrace/kernel'
import { storeOf } from '../store/traces-store.ts'

/** The experiment that a trace belongs to, for permissions. */
export async function experimentOfTrace(scope: Scope, id: string): Promise<Ref | undefined> {
  const row = await storeOf(scope.db, scope.workspace).traces.find(id)
  return row === undefined ? undefined : ref('experiment', `#${row.experiment}`)
}
