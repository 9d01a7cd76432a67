import { Done, endpoint, event, page, PageQuery } from '@millrace/contract'
import { z } from 'zod'
import { AccountName, Group, User } from './entities.ts'
import { accessProblem } from './problems.ts'

const administer = { permission: 'access:administer' } as const
const named = z.object({ name: AccountName })

export const putGroup = endpoint({
  name: 'access.put-group',
  method: 'PUT',
  path: '/groups/{name}',
  summary: 'Makes a group of accounts, or renames or describes it',
  needs: administer,
  input: named.extend({ newName: AccountName.optional(), description: z.string().max(1000).default('') }),
  output: Group,
  problems: [accessProblem['name-taken']],
})

export const readGroup = endpoint({
  name: 'access.read-group',
  method: 'GET',
  path: '/groups/{name}',
  summary: 'Reads a group with its members',
  needs: { permission: 'access:read' },
  input: named,
  output: Group.extend({ members: z.array(User) }),
  problems: [accessProblem['no-such-group']],
})

export const listGroups = endpoint({
  name: 'access.list-groups',
  method: 'GET',
  path: '/groups',
  summary: 'Lists the groups of this workspace by name',
  needs: { permission: 'access:read' },
  input: PageQuery,
  output: page(Group),
})

export const deleteGroup = endpoint({
  name: 'access.delete-group',
  method: 'DELETE',
  path: '/groups/{name}',
  summary: 'Deletes a group and its grants; its members stay',
  needs: administer,
  input: named,
  output: Done,
  problems: [accessProblem['no-such-group']],
})

const membership = named.extend({ user: z.string().min(1).max(128) })

export const joinGroup = endpoint({
  name: 'access.join-group',
  method: 'PUT',
  path: '/groups/{name}/members/{user}',
  summary: 'Puts an account into a group',
  needs: administer,
  input: membership,
  output: z.object({ group: z.string(), user: z.string(), number: z.number().int() }),
  problems: [accessProblem['no-such-group'], accessProblem['no-such-user']],
})

export const leaveGroup = endpoint({
  name: 'access.leave-group',
  method: 'DELETE',
  path: '/groups/{name}/members/{user}',
  summary: 'Takes an account out of a group',
  needs: administer,
  input: membership,
  output: Done,
  problems: [accessProblem['no-such-group'], accessProblem['no-such-user'], accessProblem['not-a-member']],
})

export const groupChanged = event(
  'access.group.changed',
  z.object({
    id: z.string(),
    name: z.string(),
    change: z.enum(['put', 'deleted', 'joined', 'left']),
    user: z.string().optional(),
  }),
)
