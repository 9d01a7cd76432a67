import type { Grant, User } from '@millrace/access/contract'
import { useAct, type Api } from '@millrace/ui/data'
import { Field, FormDialog, toast } from '@millrace/ui/parts'
import { useState } from 'react'

/** Gives and takes roles on the whole workspace, and sets a new password. */
export function ChangeMember({ user, roles, onClose }: { user: User; roles: readonly string[]; onClose: () => void }) {
  const [wanted, setWanted] = useState<readonly string[]>(user.roles)
  const [password, setPassword] = useState('')
  const change = useAct(async (api) => {
    await changeRoles(api, user, wanted)
    if (password !== '') await api.put(`users/${encodeURIComponent(user.id)}/password`, { password })
  })
  const toggle = (role: string) =>
    setWanted((now) => (now.includes(role) ? now.filter((each) => each !== role) : [...now, role]))
  return (
    <FormDialog
      opened
      title={`Change ${user.name}`}
      act="Change"
      keep="Leave as it is"
      ready={password === '' || password.length >= 12}
      busy={change.isPending}
      problem={change.error}
      onSubmit={() =>
        change.mutate(undefined, {
          onSuccess: () => {
            toast(`${user.name} is changed`)
            onClose()
          },
        })
      }
      onClose={onClose}
    >
      <fieldset className="checks">
        <legend className="t12 i3">Roles on the whole workspace</legend>
        {roles.map((role) => (
          <label key={role} className="row">
            <input type="checkbox" checked={wanted.includes(role)} onChange={() => toggle(role)} />
            {role}
          </label>
        ))}
      </fieldset>
      {user.kind === 'user' ? (
        <Field
          label="New password"
          type="password"
          autoComplete="new-password"
          hint="Left empty it stays. A new one ends their sessions."
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      ) : null}
    </FormDialog>
  )
}

async function changeRoles(api: Api, user: User, wanted: readonly string[]): Promise<void> {
  for (const role of wanted.filter((each) => !user.roles.includes(each))) {
    await api.post('grants', { user: user.id, role })
  }
  const gone = user.roles.filter((each) => !wanted.includes(each))
  if (gone.length === 0) return
  const { items } = await api.get<{ items: readonly Grant[] }>('grants', {
    query: { user: user.id, kind: 'workspace', limit: 200 },
  })
  const lost = items.filter((grant) => grant.effect === 'allow' && gone.includes(grant.role))
  for (const grant of lost) await api.delete(`grants/${encodeURIComponent(grant.id)}`)
}
