import { ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { accessProblem, passwordChanged, sessionEnded } from '../../contract.ts'
import { createUser } from '../../actions/create-user.ts'
import { action } from '../../store/access-store.ts'

/** Records a password's hash and ends the account's sessions, but for the one that goes on. Not served. */
export const keepPassword = action(contract.keepPassword, async ({ store, input, nowMs }) => {
  const user = await store.users.findAnywhere(input.userId)
  if (user === undefined) throw accessProblem['no-such-user']({ user: input.userId })
  await store.passwords.put(user.id, input.hash, nowMs)
  const ended = (await store.sessions.ofAccount(user.id)).filter((session) => session.id !== input.keepSession)
  for (const session of ended) await store.sessions.remove(session.id)
  return {
    answer: {},
    events: [
      passwordChanged({ id: user.id, name: user.name }),
      ...ended.map(({ id }) => sessionEnded({ id, userId: user.id })),
    ],
    // Neither the password nor its hash belongs into the audit.
    audit: { object: ref('user', user.id), after: { passwordChangedAtMs: nowMs, sessionsEnded: ended.length } },
  }
})

/** Makes an account that can sign in at once. Not served. */
export const addAccount = action(contract.addAccount, async ({ store, input, call, nowMs }) => {
  const user = await call(createUser, { name: input.name, roles: input.roles })
  await store.passwords.put(user.id, input.hash, nowMs)
  return { answer: user, audit: 'unchanged' }
})
