import type { User } from '@millrace/access/contract'
import { useAct } from '@millrace/ui/data'
import { Choice, Field, FormDialog, toast } from '@millrace/ui/parts'
import { useState } from 'react'

/** Makes an account for a person (with a first password) or a program. */
export function AddMember({ roles, onClose }: { roles: readonly string[]; onClose: () => void }) {
  const [name, setName] = useState('')
  const [kind, setKind] = useState('user')
  const [role, setRole] = useState('viewer')
  const [password, setPassword] = useState('')
  const add = useAct(async (api) => {
    const user = await api.post<User>('users', { name: name.trim(), kind, roles: [role] })
    if (kind === 'user' && password !== '') await api.put(`users/${encodeURIComponent(user.id)}/password`, { password })
    return user
  })
  return (
    <FormDialog
      opened
      title="New account"
      act="Make account"
      keep="Make none"
      ready={name.trim() !== '' && (kind === 'service' || password === '' || password.length >= 12)}
      busy={add.isPending}
      problem={add.error}
      onSubmit={() =>
        add.mutate(undefined, {
          onSuccess: (user) => {
            toast(`${user.name} has an account`)
            onClose()
          },
        })
      }
      onClose={onClose}
    >
      <Field
        label="Name"
        value={name}
        maxLength={128}
        onChange={(event) => setName(event.target.value)}
        data-autofocus
      />
      <Choice
        label="For"
        value={kind}
        choices={[
          ['user', 'a person'],
          ['service', 'a program'],
        ]}
        onChange={setKind}
      />
      <Choice
        label="Role on the whole workspace"
        value={role}
        choices={roles.map((each) => [each, each] as const)}
        onChange={setRole}
      />
      {kind === 'user' ? (
        <Field
          label="First password"
          type="password"
          autoComplete="new-password"
          hint="At least 12 characters. Without one they sign in with a token or your organisation’s provider."
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      ) : null}
    </FormDialog>
  )
}
