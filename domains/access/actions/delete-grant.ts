import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, grantChanged } from '../contract.ts'
import { action } from '../store/access-store.ts'
import { showGrant } from '../store/grants.ts'

/** Takes a grant back. */
export const deleteGrant = action(contract.deleteGrant, async ({ store, input }) => {
  const row = await store.grants.find(input.id)
  if (row === undefined) throw accessProblem['no-such-grant']({ id: input.id })
  await store.grants.remove(row.id)
  return {
    answer: {},
    events: [grantChanged({ id: row.id, userId: row.user_id, role: row.role, effect: 'none' })],
    audit: { object: ref('grant', row.id), before: showGrant(row) },
  }
})
