import type { LineageGraph, LineageNode as ApiNode } from '@millrace/lineage/contract'
import type { Api } from '@millrace/ui/data'
import type { GraphEdge, GraphNode } from '@millrace/ui/graph'
import type { Sentence } from '@millrace/ui/parts'
import { causesOf, flowsOf, type Flow } from './flow.ts'
import { nodeLook, pageOf } from './node-look.ts'

export interface LineageNode extends GraphNode {
  kind: string
  /** What the kind is called: "Dataset version". */
  kindName: string
  /** Group of kinds for the filter: Data, Code, Runs … */
  group: string
  to: string | null
}

export interface LineageView {
  root: string
  nodes: readonly LineageNode[]
  edges: readonly GraphEdge[]
  /** There is more than was fetched. */
  truncated: boolean
  /** The chosen node in detail. */
  detail: {
    id: string
    kindName: string
    title: string
    to: string | null
    facts: readonly (readonly [name: string, value: Sentence])[]
    /** Where it comes from, nearest first. */
    chain: readonly { kindName: string; id: string; name: string; fact: string; to: string | null }[]
  } | null
}

/** What every act can change: the graph follows all of them. */
export const lineageTopics = [
  'datasets',
  'experiment-tracking.run',
  'model-registry',
  'pipelines',
  'model-serving',
  'monitoring',
  'governance',
  'delivery',
] as const

export interface LineageAsk {
  kind: string
  id: string
  direction: string
  depth: string
}

const MOST_NODES = 400

/** Fetches the graph around a thing. */
export function loadLineage(api: Api, ask: LineageAsk, signal: AbortSignal): Promise<LineageGraph> {
  return api.get<LineageGraph>(`lineage/${encodeURIComponent(ask.kind)}/${encodeURIComponent(ask.id)}`, {
    query: { direction: ask.direction, depth: ask.depth === 'all' ? undefined : ask.depth, limit: MOST_NODES },
    signal,
  })
}

/** The graph as it is drawn, with the path of the chosen node marked. `at` empty: the root. */
export function lineageView(graph: LineageGraph, at: string): LineageView {
  const flows = flowsOf(graph.edges)
  const chosen = graph.nodes.find((node) => node.id === at) ?? graph.nodes.find((node) => node.id === graph.root.id)
  const causes = chosen === undefined ? [] : causesOf(chosen.id, flows)
  const path = new Set([...causes, chosen?.id ?? ''])
  return {
    root: graph.root.id,
    nodes: graph.nodes.map((node) => nodeView(node, path.has(node.id))),
    edges: flows.map((flow) => edgeView(flow, path)),
    truncated: graph.truncated,
    detail: chosen === undefined ? null : detailOf(chosen, causes, graph.nodes),
  }
}

function nodeView(node: ApiNode, onPath: boolean): LineageNode {
  const { name, group, icon } = nodeLook(node.kind)
  const alarm = ['firing', 'open', 'failed', 'rolled_back'].includes(node.state ?? '')
  return {
    id: node.id,
    icon,
    name: node.title,
    fact: node.fact ?? node.state ?? name,
    kind: node.kind,
    kindName: name,
    group,
    to: pageOf(node),
    ...(alarm ? { tone: 'alarm' as const } : onPath ? { tone: 'path' as const } : {}),
  }
}

function edgeView({ from, to, evidence, context }: Flow, path: ReadonlySet<string>): GraphEdge {
  const label = context === undefined ? {} : { label: context }
  if (path.has(from) && path.has(to)) return { from, to, tone: 'path', ...label }
  return evidence ? { from, to, tone: 'evidence', ...label } : { from, to, ...label }
}

// The insides of a pipeline run; the run itself is told.
const inner: ReadonlySet<string> = new Set(['step', 'step-attempt', 'job'])

function detailOf(node: ApiNode, causes: readonly string[], nodes: readonly ApiNode[]): LineageView['detail'] {
  const byId = new Map(nodes.map((each) => [each.id, each]))
  const facts: (readonly [string, Sentence])[] = [['Id', [{ text: node.id, mono: true }]]]
  if (node.fact !== undefined) facts.unshift(['About', [node.fact]])
  if (node.state !== undefined) facts.push(['State', [node.state.replaceAll('_', ' ')]])
  return {
    id: node.id,
    kindName: nodeLook(node.kind).name,
    title: node.title,
    to: pageOf(node),
    facts,
    chain: causes.flatMap((id) => {
      const cause = byId.get(id)
      if (cause === undefined || inner.has(cause.kind)) return []
      return [
        {
          kindName: nodeLook(cause.kind).name,
          id,
          name: cause.title,
          fact: cause.fact ?? '',
          to: pageOf(cause),
        },
      ]
    }),
  }
}
