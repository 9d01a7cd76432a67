import type { RunView } from '@millrace/experiment-tracking/contract'
import { useAct, useLoad } from '@millrace/ui/data'
import { Button, Dialog, Mark } from '@millrace/ui/parts'
import { useState, type FormEvent } from 'react'
import { experimentState, type ChangeState, type ExperimentState } from './experiment-state.ts'

const kept = ['q', 'sort', 'group', 'spread', 'cols', 'view', 'x', 'panels', 'smooth', 'log', 'base'] as const

/** The views that were saved for this experiment, and a way to save the present one for everybody in the workspace. */
export function SavedViews({
  experiment,
  state,
  change,
}: {
  experiment: string
  state: ExperimentState
  change: ChangeState
}) {
  const [naming, setNaming] = useState(false)
  const views = useLoad({
    key: ['run-views', experiment],
    load: async (api, signal) => {
      const { items } = await api.get<{ items: readonly RunView[] }>('run-views', { signal })
      return items.filter(({ spec }) => spec.experiments?.includes(experiment))
    },
  })
  const saved = views.data ?? []
  const current = saved.find((view) => isShown(view, state))
  const open = (name: string) => {
    const view = saved.find((each) => each.name === name)
    change(view === undefined ? settingsOf({}) : settingsOf(view.spec.layout))
  }
  return (
    <>
      {saved.length === 0 ? null : (
        <select
          className="field view-choice"
          aria-label="Saved view"
          value={current?.name ?? ''}
          onChange={(event) => open(event.target.value)}
        >
          <option value="">{current === undefined ? 'Saved views' : 'No view'}</option>
          {saved.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <span className="not-phone">
        <Button small tone="quiet" onClick={() => setNaming(true)}>
          Save view
        </Button>
      </span>
      <Dialog opened={naming} onClose={() => setNaming(false)} label="Save view" width={400}>
        <NameView experiment={experiment} state={state} name={current?.name ?? ''} onDone={() => setNaming(false)} />
      </Dialog>
    </>
  )
}

interface NameViewProps {
  experiment: string
  state: ExperimentState
  name: string
  onDone: () => void
}

function NameView({ experiment, state, name, onDone }: NameViewProps) {
  const [text, setText] = useState(name)
  const save = useAct(async (api, wanted: string) => {
    const layout = Object.fromEntries(kept.map((key) => [key, state[key]]))
    const view = { query: state.q, experiments: [experiment], layout }
    return api.put<RunView>(`run-views/${encodeURIComponent(wanted)}`, view)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '') save.mutate(text.trim(), { onSuccess: onDone })
  }
  return (
    <form className="confirm" onSubmit={submit}>
      <h2>Save view</h2>
      <p className="t12 i2">
        Query, order and charts, for everybody in the workspace. A view of that name is replaced.
      </p>
      <label>
        <span className="t12 i3">Name</span>
        <input
          className="field"
          value={text}
          maxLength={200}
          onChange={(event) => setText(event.target.value)}
          autoComplete="off"
          data-autofocus
        />
      </label>
      {save.error === null ? null : (
        <p className="row t12 bad" role="alert">
          <Mark state="bad" /> {save.error.message}
        </p>
      )}
      <footer className="row">
        <Button type="submit" tone="primary" disabled={text.trim() === '' || save.isPending}>
          Save view
        </Button>
        <Button onClick={onDone}>Do not save</Button>
      </footer>
    </form>
  )
}

/** What a saved view says of the page; what it does not say is as in a page that was just opened. */
function settingsOf(layout: Readonly<Record<string, unknown>>): Partial<ExperimentState> {
  return Object.fromEntries(
    kept.map((key) => {
      const value = layout[key]
      return [key, typeof value === 'string' ? value : experimentState[key]]
    }),
  )
}

function isShown({ spec }: RunView, state: ExperimentState): boolean {
  const settings = settingsOf(spec.layout)
  return kept.every((key) => settings[key] === state[key])
}
