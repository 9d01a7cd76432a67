import type { LineageGraph, LineageNode } from '@millrace/lineage/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { ThreadStop } from '@millrace/ui/shell'
import { pageOf } from './node-look.ts'

// The stops in the order of the loop; the first kind that is found stands for its stop.
const stops: readonly (readonly [name: string, ...kinds: string[]])[] = [
  ['Alert', 'alert'],
  ['Release', 'release'],
  ['Dataset', 'dataset-version'],
  ['Code', 'code-version'],
  ['Pipeline', 'pipeline-run', 'pipeline-version'],
  ['Study', 'study'],
  ['Run', 'run'],
  ['Version', 'model-version'],
  ['Endpoint', 'deployment', 'endpoint'],
  ['Monitor', 'window', 'monitor'],
  ['Incident', 'incident'],
]

/** The thread through one thing: its nearest relative at each stop of the loop. Empty when lineage does not know it. */
export async function loadThread(api: Api, kind: string, id: string, signal: AbortSignal): Promise<ThreadStop[]> {
  const ask = (direction: string) =>
    orNull(
      api.get<LineageGraph>(`lineage/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`, {
        query: { direction, limit: 300 },
        signal,
      }),
    )
  const [upstream, downstream] = await Promise.all([ask('upstream'), ask('downstream')])
  return upstream === null || downstream === null ? [] : threadOf(upstream, downstream)
}

/** The stops from what lies before a thing and what came of it; both graphs have it as their root, nearest nodes first. */
export function threadOf(upstream: LineageGraph, downstream: LineageGraph): ThreadStop[] {
  const { root } = upstream
  const at = stops.findIndex(([, ...kinds]) => kinds.includes(root.kind))
  if (at < 0) return []
  return stops.flatMap(([name, ...kinds], index) => {
    if (index === at) return [stopOf(name, rootOf(upstream), true)]
    const [near, far] = index < at ? [upstream, downstream] : [downstream, upstream]
    const node = find(near, kinds) ?? find(far, kinds)
    return node === undefined ? [] : [stopOf(name, node, false)]
  })
}

function rootOf(graph: LineageGraph): LineageNode {
  return graph.nodes.find((node) => node.id === graph.root.id) ?? { ...graph.root, title: graph.root.id }
}

function find(graph: LineageGraph, kinds: readonly string[]): LineageNode | undefined {
  const others = graph.nodes.filter((node) => node.id !== graph.root.id)
  return kinds.map((kind) => others.find((node) => node.kind === kind)).find((node) => node !== undefined)
}

function stopOf(name: string, node: LineageNode, current: boolean): ThreadStop {
  const bad = ['firing', 'open', 'failed', 'rolled_back', 'rejected'].includes(node.state ?? '')
  const stop: ThreadStop = {
    kind: name,
    // A window is known by its monitor, a deployment by its endpoint; what follows the comma is said on their pages.
    name: node.kind === 'window' ? (node.title.split(',')[0] ?? node.title) : node.title,
    to: pageOf(node) ?? `/lineage/${nodePath(node)}`,
    ...(bad ? { tone: 'bad' as const } : {}),
  }
  return current ? { ...stop, current } : stop
}

function nodePath(node: LineageNode): string {
  return `${encodeURIComponent(node.kind)}/${encodeURIComponent(node.id)}`
}
