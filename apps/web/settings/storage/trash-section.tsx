import { useAct, useLoad } from '@millrace/ui/data'
import { bytes } from '@millrace/ui/format'
import { Ago, Button, Confirm, EmptyState, Loaded, PaneHead, Segmented, toast } from '@millrace/ui/parts'
import { useViewState } from '@millrace/ui/shell'
import { useState } from 'react'

interface TrashItem {
  kind: 'run' | 'experiment' | 'logged-model'
  id: string
  name: string
  experiment: string
  deletedAtMs: number
  sizeBytes: number
}

const topics = ['experiment-tracking']
const defaults = { kind: 'run' }
const kinds = [
  ['run', 'Runs'],
  ['experiment', 'Experiments'],
] as const

const pathOf = (item: TrashItem) => `${item.kind === 'run' ? 'runs' : 'experiments'}/${encodeURIComponent(keyOf(item))}`
const keyOf = (item: TrashItem) => (item.kind === 'run' ? item.id : item.name)

/** What was deleted and can be restored, or forgotten for good. */
export default function TrashSection() {
  const [{ kind }, change] = useViewState(defaults)
  const query = useLoad({
    key: ['trash', kind],
    load: (api, signal) => api.get<{ items: readonly TrashItem[] }>('trash', { query: { kind, limit: 200 }, signal }),
    topics,
  })
  return (
    <>
      <PaneHead title="Trash" fact="longest deleted first">
        <Segmented
          small
          label="What was deleted"
          choices={kinds}
          value={kind === 'experiment' ? 'experiment' : 'run'}
          onChange={(next) => change({ kind: next })}
        />
      </PaneHead>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="Nothing is in the trash">
              Deleted {kind === 'run' ? 'runs' : 'experiments'} stay here until they are restored or forgotten.
            </EmptyState>
          ) : (
            <TrashTable items={items} />
          )
        }
      </Loaded>
    </>
  )
}

function TrashTable({ items }: { items: readonly TrashItem[] }) {
  const [doomed, setDoomed] = useState<TrashItem | null>(null)
  const restore = useAct((api, item: TrashItem) => api.post(`${pathOf(item)}/restore`, {}))
  const purge = useAct((api, item: TrashItem) => api.delete(`trash/${pathOf(item)}`))
  const bring = (item: TrashItem) =>
    restore.mutate(item, {
      onSuccess: () => toast(`${item.name} is restored`),
      onError: (problem) => toast(problem.message),
    })
  return (
    <>
      <table className="tbl">
        <thead>
          <tr>
            <th>Name</th>
            <th className="not-phone">Experiment</th>
            <th className="n not-phone">Size</th>
            <th className="n">Deleted</th>
            <th>
              <span className="sr-only">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id}>
              <td className="b ell" style={{ maxWidth: 260 }} title={item.name}>
                {item.name}
              </td>
              <td className="i3 ell not-phone" style={{ maxWidth: 200 }}>
                {item.experiment}
              </td>
              <td className="n not-phone">{bytes(item.sizeBytes)}</td>
              <td className="n i3">
                <Ago atMs={item.deletedAtMs} />
              </td>
              <td className="n">
                <Acts onRestore={() => bring(item)} onForget={() => setDoomed(item)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Confirm
        opened={doomed !== null}
        title={`Forget ${doomed?.name ?? ''} for good?`}
        act="Forget"
        keep="Keep it"
        destructive
        busy={purge.isPending}
        problem={purge.error}
        onConfirm={() => doomed !== null && purge.mutate(doomed, { onSuccess: () => setDoomed(null) })}
        onClose={() => setDoomed(null)}
      >
        Its {bytes(doomed?.sizeBytes ?? 0)} of artifacts go with it. Nothing brings it back.
      </Confirm>
    </>
  )
}

function Acts({ onRestore, onForget }: { onRestore: () => void; onForget: () => void }) {
  return (
    <span className="row" style={{ justifyContent: 'flex-end' }}>
      <Button small icon="undo" onClick={onRestore}>
        Restore
      </Button>
      <Button small tone="danger" className="not-phone" onClick={onForget}>
        Forget
      </Button>
    </span>
  )
}
