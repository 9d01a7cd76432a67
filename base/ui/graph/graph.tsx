import { memo, useEffect, useEffectEvent, useMemo, useRef, useState, type ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { useIsPhone } from '../table/use-layout.ts'
import { useSize } from '../charts/use-size.ts'
import { edgePath } from './edge-path.ts'
import { layeredLayout, type GraphLayout, type LayoutSize } from './layered-layout.ts'
import { usePanZoom } from './use-pan-zoom.ts'

export interface GraphNode {
  id: string
  icon: IconName
  name: string
  fact: string
  /** On the path of the selection, evidence, in alarm, or beside the point. */
  tone?: 'path' | 'evidence' | 'alarm' | 'dim'
}

export interface GraphEdge {
  from: string
  to: string
  tone?: 'path' | 'evidence' | 'loop'
  label?: string
}

export interface GraphProps {
  /** "Lineage of flight-delay v13". */
  name: string
  nodes: readonly GraphNode[]
  edges: readonly GraphEdge[]
  selected?: string
  onSelect: (id: string) => void
  onOpen?: (id: string) => void
  size?: Partial<LayoutSize>
  legend?: ReactNode
}

const SIZE: LayoutSize = { nodeWidth: 148, nodeHeight: 48, columnGap: 30, rowGap: 14 }
const NARROWEST = 124
const WIDEST = 172
const MARGIN = 28

/** Nodes as wide, and rows as far apart, as the view has room for. */
function sized(base: LayoutSize, layout: GraphLayout, room: { width: number; height: number }): LayoutSize {
  const columns = Math.round((layout.width + base.columnGap) / (base.nodeWidth + base.columnGap))
  const rows = Math.max(1, Math.round((layout.height + base.rowGap) / (base.nodeHeight + base.rowGap)))
  const width = (room.width - 2 * MARGIN - (columns - 1) * base.columnGap) / columns
  const gap = (room.height - 3 * MARGIN - rows * base.nodeHeight) / (rows + 1)
  return {
    ...base,
    nodeWidth: Math.floor(Math.min(WIDEST, Math.max(NARROWEST, width))),
    rowGap: Math.floor(Math.min(44, Math.max(base.rowGap, gap))),
  }
}

/** A graph in columns, sources left. Drag moves it, Ctrl-wheel and the buttons scale it; a list holds the same links. */
export function Graph({ name, nodes, edges, selected, onSelect, onOpen, size, legend }: GraphProps) {
  const phone = useIsPhone()
  const [asList, setAsList] = useState(phone)
  const [host, room] = useSize<HTMLDivElement>()
  const { layout, measure } = useMemo(() => {
    const ids = nodes.map((node) => node.id)
    const links = edges.map((edge) => ({ from: edge.from, to: edge.to, loop: edge.tone === 'loop' }))
    const base = { ...SIZE, ...size }
    const fitted = sized(base, layeredLayout(ids, links, base), room)
    return { layout: layeredLayout(ids, links, fitted), measure: fitted }
  }, [nodes, edges, size, room])
  return (
    <div className="graph" ref={host}>
      {asList ? (
        <GraphList nodes={nodes} layout={layout} selected={selected} onSelect={onSelect} />
      ) : (
        <Canvas
          name={name}
          nodes={nodes}
          edges={edges}
          layout={layout}
          measure={measure}
          selected={selected}
          onSelect={onSelect}
          onOpen={onOpen}
          legend={legend}
        />
      )}
      <Button className="graph-switch" small onClick={() => setAsList(!asList)}>
        {asList ? 'Show as graph' : 'Show as list'}
      </Button>
    </div>
  )
}

interface CanvasProps extends Pick<GraphProps, 'name' | 'nodes' | 'edges' | 'onSelect' | 'legend'> {
  layout: GraphLayout
  measure: LayoutSize
  selected: string | undefined
  onOpen: GraphProps['onOpen']
}

function Canvas({ name, nodes, edges, layout, measure, selected, onSelect, onOpen, legend }: CanvasProps) {
  const view = useRef<HTMLDivElement>(null)
  const { transform, fit, scaleBy, handlers } = usePanZoom(view, layout)
  const place = selected === undefined ? undefined : layout.places.get(selected)
  const middle =
    place === undefined ? undefined : { x: place.x + measure.nodeWidth / 2, y: place.y + measure.nodeHeight / 2 }
  // Another selection moves nothing; only another graph is laid out anew around what is selected.
  const start = useEffectEvent(() => fit(middle))
  useEffect(() => start(), [fit])
  return (
    <div className="graph-view" ref={view} {...handlers}>
      <div
        className="graph-plane"
        style={{ width: layout.width, height: layout.height, transform }}
        role="group"
        aria-label={name}
      >
        <Edges edges={edges} layout={layout} measure={measure} />
        {nodes.map((node) => (
          <Node
            key={node.id}
            node={node}
            place={layout.places.get(node.id) ?? { x: 0, y: 0 }}
            measure={measure}
            selected={node.id === selected}
            onSelect={onSelect}
            onOpen={onOpen}
          />
        ))}
      </div>
      <div className="graph-tools">
        <Button tone="quiet" small icon="plus" aria-label="Larger" onClick={() => scaleBy(1.25)} />
        <Button tone="quiet" small icon="minus" aria-label="Smaller" onClick={() => scaleBy(0.8)} />
        <Button tone="quiet" small icon="full" aria-label="Fit" onClick={() => fit(middle)} />
      </div>
      {legend === undefined ? null : <div className="graph-legend">{legend}</div>}
    </div>
  )
}

const Node = memo(function Node({
  node,
  place,
  measure,
  selected,
  onSelect,
  onOpen,
}: {
  node: GraphNode
  place: { x: number; y: number }
  measure: LayoutSize
  selected: boolean
  onSelect: (id: string) => void
  onOpen: ((id: string) => void) | undefined
}) {
  return (
    <button
      type="button"
      className={`node ${node.tone ?? ''} ${selected ? 'selected' : ''}`}
      aria-pressed={selected}
      style={{ left: place.x, top: place.y, width: measure.nodeWidth, height: measure.nodeHeight }}
      onClick={() => onSelect(node.id)}
      onDoubleClick={() => onOpen?.(node.id)}
      title={`${node.name}\n${node.fact}`}
    >
      <span className="glyph">
        <Icon name={node.icon} size={14} />
      </span>
      <span className="ell">
        <b className="ell">{node.name}</b>
        <span>{node.fact}</span>
      </span>
    </button>
  )
})

const Edges = memo(function Edges({
  edges,
  layout,
  measure,
}: {
  edges: readonly GraphEdge[]
  layout: GraphLayout
  measure: LayoutSize
}) {
  return (
    <svg className="edges" width={layout.width} height={layout.height} aria-hidden="true">
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="6"
          refY="4"
          markerUnits="userSpaceOnUse"
          markerWidth="10"
          markerHeight="10"
          orient="auto"
        >
          <path d="M1 1l5 3-5 3" fill="none" stroke="context-stroke" strokeWidth="1.4" />
        </marker>
      </defs>
      {edges.map((edge) => {
        const drawn = edgePath(edge, layout, measure)
        return drawn === null ? null : (
          <g key={`${edge.from}→${edge.to}`} className={edge.tone ?? ''}>
            <path d={drawn.path} markerEnd="url(#arrow)" />
            {edge.label === undefined ? null : (
              <text x={drawn.middle.x} y={drawn.middle.y + 4} textAnchor="middle">
                {edge.label}
              </text>
            )}
          </g>
        )
      })}
    </svg>
  )
})

/** The same nodes in reading order, for those who do not see or point. */
function GraphList({
  nodes,
  layout,
  selected,
  onSelect,
}: {
  nodes: readonly GraphNode[]
  layout: GraphLayout
  selected: string | undefined
  onSelect: (id: string) => void
}) {
  const at = (id: string) => layout.places.get(id) ?? { x: 0, y: 0 }
  const ordered = nodes.toSorted((a, b) => at(a.id).x - at(b.id).x || at(a.id).y - at(b.id).y)
  return (
    <ol className="graph-list">
      {ordered.map((node) => (
        <li key={node.id}>
          <button
            type="button"
            className={node.id === selected ? 'selected' : ''}
            aria-pressed={node.id === selected}
            onClick={() => onSelect(node.id)}
          >
            <Icon name={node.icon} size={14} />
            <span className="b ell">{node.name}</span>
            <span className="i3 push nowrap">{node.fact}</span>
          </button>
        </li>
      ))}
    </ol>
  )
}
