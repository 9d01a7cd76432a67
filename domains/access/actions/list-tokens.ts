import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem } from '../contract.ts'
import { pageStart } from '../model/page-start.ts'
import { accountOf } from '../sign-in/actions/sessions.ts'
import { query } from '../store/access-store.ts'
import { showToken } from '../store/tokens.ts'

/** Tokens without their secrets, newest first. */
export const listTokens = query(contract.listTokens, async ({ store, input }) => {
  const user = input.user === undefined ? undefined : await store.users.find(input.user)
  if (input.user !== undefined && user === undefined) throw accessProblem['no-such-user']({ user: input.user })
  const rows = await store.tokens.list(input.limit + 1, pageStart(input.pageToken), user?.id)
  return pageOf(rows, input.limit, (row) => [row.id], showToken)
})

/** The caller's own tokens without their secrets, newest first. */
export const listOwnTokens = query(contract.listOwnTokens, async ({ store, actor }) => ({
  items: (await store.tokens.ofAccount(accountOf(actor))).map(showToken),
}))
