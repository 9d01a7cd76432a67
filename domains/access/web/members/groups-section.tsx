import type { Group, User } from '@millrace/access/contract'
import { useAct, useLoad, type Api } from '@millrace/ui/data'
import { Button, Choice, Confirm, EmptyState, Field, FormDialog, Loaded, PaneHead } from '@millrace/ui/parts'
import { useState } from 'react'

interface GroupRow extends Group {
  members: readonly User[]
}
interface GroupsView {
  groups: readonly GroupRow[]
  users: readonly User[]
}

async function loadGroups(api: Api, signal: AbortSignal): Promise<GroupsView> {
  const query = { limit: 100 }
  const [groups, users] = await Promise.all([
    api.get<{ items: readonly Group[] }>('groups', { query, signal }),
    api.get<{ items: readonly User[] }>('users', { query: { limit: 200 }, signal }),
  ])
  const rows = await Promise.all(
    groups.items.map(({ name }) => api.get<GroupRow>(`groups/${encodeURIComponent(name)}`, { signal })),
  )
  return { groups: rows, users: users.items }
}

/** Accounts that share grants: a grant to a group is one to each of its members. */
export default function GroupsSection() {
  const query = useLoad({ key: ['groups'], load: loadGroups, topics: ['access'] })
  const [making, setMaking] = useState(false)
  return (
    <Loaded query={query}>
      {({ groups, users }) => (
        <>
          <PaneHead title="Groups" fact={groups.length}>
            <Button small icon="plus" onClick={() => setMaking(true)}>
              New group
            </Button>
          </PaneHead>
          {groups.length === 0 ? (
            <EmptyState title="No groups yet">
              A group shares its grants with its members. Groups of your organisation’s provider give roles by
              themselves.
            </EmptyState>
          ) : (
            groups.map((group) => <GroupPane key={group.id} group={group} users={users} />)
          )}
          {making ? <MakeGroup onClose={() => setMaking(false)} /> : null}
        </>
      )}
    </Loaded>
  )
}

function GroupPane({ group, users }: { group: GroupRow; users: readonly User[] }) {
  const [doomed, setDoomed] = useState(false)
  const path = `groups/${encodeURIComponent(group.name)}`
  const join = useAct((api, user: string) => api.put(`${path}/members/${encodeURIComponent(user)}`, {}))
  const leave = useAct((api, user: string) => api.delete(`${path}/members/${encodeURIComponent(user)}`))
  const remove = useAct((api) => api.delete(path))
  const outside = users.filter(
    ({ id, disabledAtMs }) => disabledAtMs === null && !group.members.some((m) => m.id === id),
  )
  return (
    <section className="sec" aria-label={`Group ${group.name}`}>
      <PaneHead title={group.name} fact={group.description}>
        <Button small tone="danger" onClick={() => setDoomed(true)}>
          Delete
        </Button>
      </PaneHead>
      <ul className="pad row wrap">
        {group.members.map((member) => (
          <li key={member.id} className="chip line">
            {member.name}
            <Button
              small
              tone="quiet"
              icon="cross"
              aria-label={`Take ${member.name} out of ${group.name}`}
              onClick={() => leave.mutate(member.id)}
            />
          </li>
        ))}
        <li style={{ width: 200 }}>
          <Choice
            label="Put in"
            value=""
            choices={[['', 'an account…'], ...outside.map(({ id, name }) => [id, name] as const)]}
            onChange={(user) => user !== '' && join.mutate(user)}
          />
        </li>
      </ul>
      <Confirm
        opened={doomed}
        title={`Delete group ${group.name}?`}
        act="Delete group"
        keep="Keep it"
        destructive
        busy={remove.isPending}
        problem={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setDoomed(false)}
      >
        Its {group.members.length} members lose what it was granted. Their accounts stay.
      </Confirm>
    </section>
  )
}

function MakeGroup({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const make = useAct((api) => api.put(`groups/${encodeURIComponent(name.trim())}`, { description }))
  return (
    <FormDialog
      opened
      title="New group"
      act="Make group"
      keep="Make none"
      ready={name.trim() !== ''}
      busy={make.isPending}
      problem={make.error}
      onSubmit={() => make.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Field
        label="Name"
        value={name}
        maxLength={128}
        onChange={(event) => setName(event.target.value)}
        data-autofocus
      />
      <Field label="What it is for" value={description} onChange={(event) => setDescription(event.target.value)} />
    </FormDialog>
  )
}
