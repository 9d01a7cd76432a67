import type { Role } from '@millrace/access/contract'
import { useAct } from '@millrace/ui/data'
import { Choice, Field, FormDialog } from '@millrace/ui/parts'
import { useState } from 'react'

const kinds = [
  ['workspace', 'the whole workspace'],
  ['experiment', 'an experiment'],
  ['model', 'a model'],
  ['endpoint', 'an endpoint'],
  ['dataset', 'a dataset'],
  ['pipeline', 'a pipeline'],
] as const

/** Gives a role on one thing and all below it, or keeps somebody from it. */
export function MakeGrant({
  roles,
  holders,
  onClose,
}: {
  roles: readonly Role[]
  holders: readonly (readonly [id: string, name: string])[]
  onClose: () => void
}) {
  const [user, setUser] = useState(holders[0]?.[0] ?? '')
  const [role, setRole] = useState('viewer')
  const [kind, setKind] = useState<string>('workspace')
  const [id, setId] = useState('')
  const [effect, setEffect] = useState('allow')
  const on = kind === 'workspace' ? undefined : { kind, id: id.trim() }
  const make = useAct((api) => api.post('grants', { user, role, effect, ...(on === undefined ? {} : { on }) }))
  return (
    <FormDialog
      opened
      title="New grant"
      act="Grant"
      keep="Grant nothing"
      ready={user !== '' && (on === undefined || on.id !== '')}
      busy={make.isPending}
      problem={make.error}
      onSubmit={() => make.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Choice label="Who" value={user} choices={holders} onChange={setUser} />
      <Choice
        label="May"
        value={effect}
        choices={[
          ['allow', 'do what the role allows'],
          ['deny', 'not do what the role allows'],
        ]}
        onChange={setEffect}
      />
      <Choice label="Role" value={role} choices={roles.map(({ name }) => [name, name] as const)} onChange={setRole} />
      <Choice label="On" value={kind} choices={kinds} onChange={setKind} />
      {kind === 'workspace' ? null : (
        <Field
          mono
          label="Which one"
          hint="Its name or id; * is every one."
          value={id}
          onChange={(event) => setId(event.target.value)}
        />
      )}
    </FormDialog>
  )
}
