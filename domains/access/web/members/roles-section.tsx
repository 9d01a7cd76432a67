import type { Grant, Group, Role, User } from '@millrace/access/contract'
import { useAct, useLoad, type Api } from '@millrace/ui/data'
import { Button, Chip, Loaded, PaneHead, toast } from '@millrace/ui/parts'
import { useState } from 'react'
import { MakeGrant } from './make-grant.tsx'
import { MakeRole } from './make-role.tsx'

interface RolesView {
  roles: readonly Role[]
  grants: readonly (Grant & { who: string })[]
  holders: readonly (readonly [id: string, name: string])[]
}

async function loadRoles(api: Api, signal: AbortSignal): Promise<RolesView> {
  const list = <Item,>(path: string) => api.get<{ items: readonly Item[] }>(path, { query: { limit: 200 }, signal })
  const [roles, grants, users, groups] = await Promise.all([
    api.get<{ items: readonly Role[] }>('roles', { signal }),
    list<Grant>('grants'),
    list<User>('users'),
    list<Group>('groups'),
  ])
  const holders: (readonly [id: string, name: string])[] = [
    ...users.items.map(({ id, name }) => [id, name] as const),
    ...groups.items.map(({ id, name }) => [id, `${name} (group)`] as const),
  ]
  const names = new Map(holders)
  return {
    roles: roles.items,
    grants: grants.items.map((grant) => ({ ...grant, who: names.get(grant.userId) ?? grant.userId })),
    holders,
  }
}

/** What each role allows, and who was given which role on what. */
export default function RolesSection() {
  const query = useLoad({ key: ['roles'], load: loadRoles, topics: ['access'] })
  const [making, setMaking] = useState<'role' | 'grant' | null>(null)
  const done = () => setMaking(null)
  return (
    <Loaded query={query}>
      {({ roles, grants, holders }) => (
        <>
          <PaneHead title="Roles" fact={roles.length}>
            <Button small icon="plus" onClick={() => setMaking('role')}>
              New role
            </Button>
          </PaneHead>
          <RoleTable roles={roles} />
          <div className="sec" />
          <PaneHead title="Grants" fact={`${grants.length}; the nearest decides, a refusal wins over a permission`}>
            <Button small icon="plus" onClick={() => setMaking('grant')} disabled={holders.length === 0}>
              New grant
            </Button>
          </PaneHead>
          {grants.length === 0 ? <p className="pad i3 t12">Nothing is granted in this workspace.</p> : null}
          {grants.length === 0 ? null : <GrantTable grants={grants} />}
          {making === 'role' ? <MakeRole onClose={done} /> : null}
          {making === 'grant' ? <MakeGrant roles={roles} holders={holders} onClose={done} /> : null}
        </>
      )}
    </Loaded>
  )
}

function RoleTable({ roles }: { roles: readonly Role[] }) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Role</th>
          <th>Allows</th>
          <th className="not-phone">Kind</th>
        </tr>
      </thead>
      <tbody>
        {roles.map((role) => (
          <tr key={role.name}>
            <td className="b">{role.name}</td>
            <td style={{ whiteSpace: 'normal' }}>
              <span className="row wrap g1">
                {role.spec.permissions.map((permission) => (
                  <Chip key={permission} outlined>
                    {permission === '*' ? 'everything' : permission}
                  </Chip>
                ))}
              </span>
            </td>
            <td className="i3 not-phone">{role.builtIn ? 'built in' : 'of this workspace'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function GrantTable({ grants }: { grants: RolesView['grants'] }) {
  const take = useAct((api, id: string) => api.delete(`grants/${encodeURIComponent(id)}`))
  const give = useAct((api, grant: Grant) =>
    api.post('grants', { user: grant.userId, role: grant.role, on: grant.on, effect: grant.effect }),
  )
  const remove = (grant: Grant) =>
    take.mutate(grant.id, {
      onSuccess: () => toast('Grant taken back', () => give.mutate(grant)),
      onError: (problem) => toast(problem.message),
    })
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Who</th>
          <th>Role</th>
          <th>On</th>
          <th>
            <span className="sr-only">Acts</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {grants.map((grant) => (
          <tr key={grant.id}>
            <td className="b ell" style={{ maxWidth: 220 }}>
              {grant.who}
            </td>
            <td>{grant.effect === 'deny' ? <span className="bad">not {grant.role}</span> : grant.role}</td>
            <td className="ell" style={{ maxWidth: 260 }}>
              {grant.on.kind === 'workspace' ? 'the workspace' : `${grant.on.kind} ${grant.on.id}`}
            </td>
            <td className="n">
              <Button small tone="danger" onClick={() => remove(grant)}>
                Take back
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
