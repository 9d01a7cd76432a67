import { useAct } from '@millrace/ui/data'
import { Field, FormDialog } from '@millrace/ui/parts'
import { useState } from 'react'
import { scopesOf } from '../profile/token-reach.ts'

/** Makes a role of this workspace, or changes what it allows. */
export function MakeRole({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [allows, setAllows] = useState('')
  const permissions = scopesOf('own', allows) ?? []
  const make = useAct((api) => api.put(`roles/${encodeURIComponent(name.trim())}`, { permissions }))
  return (
    <FormDialog
      opened
      title="New role"
      says="A role of that name, unless it is built in, is replaced."
      act="Make role"
      keep="Make none"
      ready={name.trim() !== '' && permissions.length > 0}
      busy={make.isPending}
      problem={make.error}
      onSubmit={() => make.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} data-autofocus />
      <Field
        mono
        label="Allows"
        hint="domain:verb, domain:*, *:verb or a verb; commas between."
        placeholder="datasets:write, read"
        value={allows}
        onChange={(event) => setAllows(event.target.value)}
      />
    </FormDialog>
  )
}
