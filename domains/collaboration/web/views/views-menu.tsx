import type { SavedView } from '@millrace/collaboration/contract'
import { useAct, useLoad } from '@millrace/ui/data'
import { Button, Dialog, Field, FormDialog, Icon, toast } from '@millrace/ui/parts'
import { useGo } from '@millrace/ui/shell'
import { useState } from 'react'
import './views.css'

const topics = ['collaboration.view']

/** The views of this page that the team has kept, and a way to keep the present one: its whole state is its address. */
export function ViewsMenu({ page, search }: { page: string; search: string }) {
  const [opened, setOpened] = useState<'list' | 'name' | null>(null)
  const close = () => setOpened(null)
  const forget = useForget()
  const drop = (view: SavedView) => {
    close()
    forget(view)
  }
  return (
    <>
      <button type="button" className="btn quiet tool not-phone" title="Saved views" onClick={() => setOpened('list')}>
        <Icon name="pin" size={14} />
        <span className="sr-only">Saved views</span>
      </button>
      <Dialog opened={opened === 'list'} onClose={close} label="Views of this page" width={420} high>
        <ViewList page={page} search={search} onOpen={close} onForget={drop} onName={() => setOpened('name')} />
      </Dialog>
      {opened === 'name' ? <NameView page={page} search={search} onClose={close} /> : null}
    </>
  )
}

interface ListProps {
  page: string
  search: string
  onOpen: () => void
  onForget: (view: SavedView) => void
  onName: () => void
}

function ViewList({ page, search, onOpen, onForget, onName }: ListProps) {
  const go = useGo()
  const query = useLoad({
    key: ['views', page],
    load: (api, signal) => api.get<{ items: readonly SavedView[] }>('page-views', { query: { page }, signal }),
    topics,
  })
  const views = query.data?.items ?? []
  const open = (view: SavedView) => {
    onOpen()
    go.to(page + view.search)
  }
  return (
    <div className="views">
      <h2 className="sb dialog-title">Saved views of this page</h2>
      {views.length === 0 ? <p className="i3 t12">Nobody has kept a view of this page yet.</p> : null}
      <ul>
        {views.map((view) => (
          <li key={view.name} className="row">
            <button type="button" className="ell" onClick={() => open(view)}>
              {view.search === search ? <Icon name="check" size={14} /> : null}
              <span className="b">{view.name}</span> <span className="i3 t12">{view.createdBy}</span>
            </button>
            <Button
              small
              tone="quiet"
              icon="cross"
              aria-label={`Forget the view ${view.name}`}
              onClick={() => onForget(view)}
            />
          </li>
        ))}
      </ul>
      <footer>
        <Button small icon="plus" onClick={onName} data-autofocus>
          Save this view
        </Button>
      </footer>
    </div>
  )
}

/** Forgets a view at once, and can bring it back. */
function useForget(): (view: SavedView) => void {
  const forget = useAct((api, { page, name }: SavedView) =>
    api.delete(`page-views?${new URLSearchParams({ page, name }).toString()}`),
  )
  const again = useAct((api, { page, name, search }: SavedView) => api.put('page-views', { page, name, search }))
  return (view) =>
    forget.mutate(view, {
      onSuccess: () => toast(`View “${view.name}” forgotten`, () => again.mutate(view)),
      onError: (problem) => toast(problem.message),
    })
}

function NameView({ page, search, onClose }: { page: string; search: string; onClose: () => void }) {
  const [name, setName] = useState('')
  const save = useAct((api) => api.put('page-views', { page, name: name.trim(), search }))
  const submit = () =>
    save.mutate(undefined, {
      onSuccess: () => {
        toast('View saved for everybody here')
        onClose()
      },
    })
  return (
    <FormDialog
      opened
      title="Save this view"
      says="For everybody in the workspace. A view of that name is replaced."
      act="Save view"
      keep="Do not save"
      ready={name.trim() !== ''}
      busy={save.isPending}
      problem={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label="Name"
        value={name}
        maxLength={200}
        onChange={(event) => setName(event.target.value)}
        data-autofocus
      />
    </FormDialog>
  )
}
