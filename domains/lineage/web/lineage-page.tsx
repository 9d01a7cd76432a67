import type { LineageGraph } from '@millrace/lineage/contract'
import { useLoad } from '@millrace/ui/data'
import { Graph } from '@millrace/ui/graph'
import { Button, Legend, Loaded, SearchField, Segmented } from '@millrace/ui/parts'
import { href, Page, useGo, useViewState, type PageParams } from '@millrace/ui/shell'
import { useMemo } from 'react'
import { LineageAside } from './lineage-aside.tsx'
import { bridged } from './bridged.ts'
import { lineageTopics, lineageView, loadLineage, type LineageView } from './load-lineage.ts'
import './lineage.css'

const defaults = { dir: 'both', depth: 'all', hide: 'Steps,Windows,Trials', at: '' }
const directions = [
  ['upstream', 'Upstream'],
  ['both', 'Both'],
  ['downstream', 'Downstream'],
] as const
const depths = [
  ['1', '1 step'],
  ['2', '2'],
  ['all', 'All'],
] as const

export default function LineageRoute({ params }: PageParams) {
  const kind = params['kind'] ?? ''
  const id = params['id'] ?? ''
  const [state] = useViewState(defaults)
  const query = useLoad({
    key: ['lineage', kind, id, state.dir, state.depth],
    load: (api, signal) => loadLineage(api, { kind, id, direction: state.dir, depth: state.depth }, signal),
    topics: lineageTopics,
  })
  const root = query.data?.nodes.find((node) => node.id === id)
  return (
    <Page
      crumbs={[{ name: 'Lineage', to: '/lineage' }, { name: root?.title ?? id }]}
      kind="lineage"
      wide
      fixed
      headless
    >
      <Loaded query={query} rows={20}>
        {(graph) => <Drawn graph={graph} at={state.at} />}
      </Loaded>
    </Page>
  )
}

function Drawn({ graph, at }: { graph: LineageGraph; at: string }) {
  const view = useMemo(() => lineageView(graph, at), [graph, at])
  return <LineagePage view={view} />
}

/** The graph: why this answer, what made it, what depends on it. */
export function LineagePage({ view }: { view: LineageView }) {
  const go = useGo()
  const [state, change] = useViewState(defaults)
  const hidden = useMemo(() => new Set(state.hide.split(',').filter(Boolean)), [state.hide])
  const nodes = useMemo(
    () => view.nodes.filter((node) => !hidden.has(node.group) || node.id === view.root),
    [view.nodes, view.root, hidden],
  )
  const edges = useMemo(() => bridged(view.edges, new Set(nodes.map((node) => node.id))), [nodes, view.edges])
  const open = (id: string) => {
    const to = view.nodes.find((node) => node.id === id)?.to
    if (to !== undefined && to !== null) go.to(to)
  }
  return (
    <>
      <div className="row lineage-tools">
        <span className="lineage-search">
          <SearchField
            slash
            mono
            label="Open by id"
            placeholder="paste any id"
            value=""
            onChange={(id) => id !== '' && go.to(`/r/${id}`)}
          />
        </span>
        <Segmented
          label="Direction"
          choices={directions}
          value={directions.find(([value]) => value === state.dir)?.[0] ?? 'both'}
          onChange={(dir) => change({ dir })}
        />
        <Segmented
          label="Depth"
          choices={depths}
          value={depths.find(([value]) => value === state.depth)?.[0] ?? 'all'}
          onChange={(depth) => change({ depth })}
        />
        <KindFilter nodes={view.nodes} hidden={hidden} onHide={(groups) => change({ hide: groups.join(',') })} />
        <span className="push" />
        <Button className="not-phone" onClick={() => change({ dir: 'downstream', depth: 'all' })}>
          Blast radius
        </Button>
      </div>
      <div className="lineage-work">
        <Graph
          name={`Lineage of ${view.detail?.title ?? view.root}`}
          nodes={nodes}
          edges={edges}
          selected={view.detail?.id ?? view.root}
          onSelect={(id) => change({ at: id })}
          onOpen={open}
          legend={
            <Legend
              items={[
                { label: 'path of the selection', token: '--water' },
                { label: 'evidence', token: '--ok-mark' },
                { label: 'loop back', token: '--bad-mark', dashed: true },
              ]}
            />
          }
        />
        <LineageAside
          detail={view.detail}
          truncated={view.truncated}
          onFocus={(kind, id) => go.to(href('lineage', kind, id))}
          kinds={new Map(view.nodes.map((node) => [node.id, node.kind]))}
        />
      </div>
    </>
  )
}

function KindFilter({
  nodes,
  hidden,
  onHide,
}: {
  nodes: LineageView['nodes']
  hidden: ReadonlySet<string>
  onHide: (groups: string[]) => void
}) {
  const groups = useMemo(() => Map.groupBy(nodes, (node) => node.group), [nodes])
  return (
    <span className="row g1 not-phone" role="group" aria-label="Kinds shown">
      {[...groups].map(([group, members]) => (
        <button
          key={group}
          type="button"
          className="kind-chip"
          aria-pressed={!hidden.has(group)}
          onClick={() => onHide(hidden.has(group) ? [...hidden].filter((each) => each !== group) : [...hidden, group])}
        >
          {group} <span className="i3 num">{members.length}</span>
        </button>
      ))}
    </span>
  )
}
