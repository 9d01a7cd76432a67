import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem, roleChanged } from '../contract.ts'
import { action } from '../store/access-store.ts'

/** Makes a role of the workspace, or changes what it allows. The same twice changes nothing. */
export const putRole = action(contract.putRole, async ({ store, input, nowMs }) => {
  const { name, ...spec } = input
  const before = await store.roles.find(name)
  if (before?.builtIn === true) throw accessProblem['built-in-role']({ role: name })
  const role = { name, builtIn: false, spec }
  if (before !== undefined && canonicalJson(before.spec) === canonicalJson(spec)) {
    return { answer: role, audit: 'unchanged' }
  }
  await store.roles.put(role, nowMs)
  return { answer: role, events: [roleChanged({ name })], audit: { object: ref('role', name), before, after: role } }
})
