import type { Group, User } from '@millrace/access/contract'
import { useAct, useLoad, type Api } from '@millrace/ui/data'
import { Ago, Avatar, Button, Confirm, EmptyState, Loaded, PaneHead, Status, toast } from '@millrace/ui/parts'
import { useState } from 'react'
import { AddMember } from './add-member.tsx'
import { ChangeMember } from './change-member.tsx'

interface MembersView {
  users: readonly User[]
  groups: readonly Group[]
  roles: readonly string[]
}

async function loadMembers(api: Api, signal: AbortSignal): Promise<MembersView> {
  const list = <Item,>(path: string) => api.get<{ items: readonly Item[] }>(path, { query: { limit: 200 }, signal })
  const [users, groups, roles] = await Promise.all([
    list<User>('users'),
    list<Group>('groups'),
    api.get<{ items: readonly { name: string }[] }>('roles', { signal }),
  ])
  return { users: users.items, groups: groups.items, roles: roles.items.map(({ name }) => name) }
}

/** The accounts of this workspace: people and programs, their roles, and who is disabled. */
export default function MembersSection() {
  const query = useLoad({ key: ['members'], load: loadMembers, topics: ['access'] })
  const [adding, setAdding] = useState(false)
  return (
    <Loaded query={query}>
      {({ users, roles }) => (
        <>
          <PaneHead title="Members" fact={users.length}>
            <Button small icon="plus" onClick={() => setAdding(true)}>
              New account
            </Button>
          </PaneHead>
          {users.length === 0 ? (
            <EmptyState title="No accounts yet">
              This server is open to the person at this machine. Accounts matter once it is started with “--auth
              required”.
            </EmptyState>
          ) : (
            <MemberTable users={users} roles={roles} />
          )}
          {adding ? <AddMember roles={roles} onClose={() => setAdding(false)} /> : null}
        </>
      )}
    </Loaded>
  )
}

function MemberTable({ users, roles }: { users: readonly User[]; roles: readonly string[] }) {
  const [changed, setChanged] = useState<User | null>(null)
  const [doomed, setDoomed] = useState<User | null>(null)
  const disable = useAct((api, id: string) => api.delete<User>(`users/${encodeURIComponent(id)}`))
  return (
    <>
      <table className="tbl">
        <thead>
          <tr>
            <th>Name</th>
            <th className="not-phone">Kind</th>
            <th>Roles</th>
            <th className="not-phone">Since</th>
            <th>
              <span className="sr-only">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <MemberRow key={user.id} user={user} onChange={() => setChanged(user)} onDisable={() => setDoomed(user)} />
          ))}
        </tbody>
      </table>
      {changed === null ? null : <ChangeMember user={changed} roles={roles} onClose={() => setChanged(null)} />}
      <Confirm
        opened={doomed !== null}
        title={`Disable ${doomed?.name ?? ''}?`}
        act="Disable"
        keep="Keep the account"
        destructive
        busy={disable.isPending}
        problem={disable.error}
        onConfirm={() =>
          doomed !== null &&
          disable.mutate(doomed.id, {
            onSuccess: () => {
              toast(`${doomed.name} is disabled`)
              setDoomed(null)
            },
          })
        }
        onClose={() => setDoomed(null)}
      >
        Sessions end and tokens are revoked at once. What the account did stays in the audit log.
      </Confirm>
    </>
  )
}

function MemberRow({ user, onChange, onDisable }: { user: User; onChange: () => void; onDisable: () => void }) {
  return (
    <tr>
      <td>
        <span className="row">
          <Avatar name={user.name} small />
          <span className="b ell" style={{ maxWidth: 240 }} title={user.name}>
            {user.name}
          </span>
        </span>
      </td>
      <td className="i3 not-phone">{user.kind === 'service' ? 'program' : 'person'}</td>
      <td>{user.roles.length === 0 ? <span className="i3">none here</span> : user.roles.join(', ')}</td>
      <td className="i3 not-phone">
        <Ago atMs={user.createdAtMs} />
      </td>
      <td className="n">
        {user.disabledAtMs === null ? (
          <span className="row" style={{ justifyContent: 'flex-end' }}>
            <Button small onClick={onChange}>
              Change
            </Button>
            <Button small tone="danger" onClick={onDisable}>
              Disable
            </Button>
          </span>
        ) : (
          <Status state="idle">Disabled</Status>
        )}
      </td>
    </tr>
  )
}
