import type { Workspace } from '@millrace/access/contract'
import { useAct, useLoad } from '@millrace/ui/data'
import { Dialog, Field, FormDialog, Icon } from '@millrace/ui/parts'
import { useState } from 'react'
import './workspace-switch.css'

const WORKSPACE_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

/** The workspaces one has a part in, and a way to make one. `address` is the page of a workspace. */
export function WorkspaceSwitch({
  opened,
  current,
  address,
  onClose,
}: {
  opened: boolean
  current: string
  address: (workspace: string) => string
  onClose: () => void
}) {
  const [making, setMaking] = useState(false)
  if (making) return <MakeWorkspace address={address} onClose={() => setMaking(false)} />
  return (
    <Dialog opened={opened} onClose={onClose} label="Workspaces" width={420} high>
      <WorkspaceList current={current} address={address} onMake={() => setMaking(true)} />
    </Dialog>
  )
}

interface ListProps {
  current: string
  address: (workspace: string) => string
  onMake: () => void
}

function WorkspaceList({ current, address, onMake }: ListProps) {
  const query = useLoad({
    key: ['workspaces'],
    load: (api, signal) => api.get<{ items: readonly Workspace[] }>('workspaces', { scope: 'server', signal }),
  })
  const items = query.data?.items ?? []
  return (
    <div className="workspaces">
      <h2 className="sb dialog-title">Workspaces</h2>
      <ul>
        {items.map(({ name, description }, at) => (
          <li key={name}>
            <a href={address(name)} aria-current={name === current ? 'true' : undefined} data-autofocus={at === 0}>
              <i aria-hidden="true" />
              <span className="b">{name}</span>
              <span className="i3 t12 ell">{description}</span>
              {name === current ? <Icon name="check" size={14} /> : null}
            </a>
          </li>
        ))}
      </ul>
      {query.error === null ? null : <p className="pad bad t12">{query.error.message}</p>}
      <button type="button" className="make" onClick={onMake}>
        <Icon name="plus" size={14} /> New workspace
      </button>
    </div>
  )
}

function MakeWorkspace({ address, onClose }: { address: (workspace: string) => string; onClose: () => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const make = useAct((api) => api.post<Workspace>('workspaces', { name, description }, { scope: 'server' }))
  return (
    <FormDialog
      opened
      title="New workspace"
      says="A world of its own: nothing in it is seen from another. You administer it."
      act="Make workspace"
      keep="Make none"
      ready={name.length >= 2 && WORKSPACE_NAME.test(name)}
      busy={make.isPending}
      problem={make.error}
      onSubmit={() => make.mutate(undefined, { onSuccess: (made) => location.assign(address(made.name)) })}
      onClose={onClose}
    >
      <Field
        mono
        label="Name"
        hint="Lower-case letters, digits and hyphens, 2 to 63 of them."
        value={name}
        maxLength={63}
        onChange={(event) => setName(event.target.value)}
        data-autofocus
      />
      <Field label="What it is for" value={description} onChange={(event) => setDescription(event.target.value)} />
    </FormDialog>
  )
}
