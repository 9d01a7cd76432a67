import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'

interface Graph {
  nodes: { kind: string; id: string; title: string; fact?: string }[]
  edges: { from: { kind: string; id: string }; type: string; to: { kind: string; id: string } }[]
}

/** `millrace lineage KIND ID`. */
export const commands: readonly Command[] = [
  command({
    path: ['lineage'],
    summary: 'Shows where a thing comes from and what depends on it',
    usage: 'KIND ID',
    minimumArgs: 2,
    options: [
      { name: 'direction', describe: 'upstream, downstream or both (default)', value: 'WHICH' },
      { name: 'depth', describe: 'How many steps away; default 20', value: 'N' },
    ],
    examples: [
      'millrace lineage model-version ver_…',
      'millrace lineage dataset-version dsv_… --direction downstream --json',
    ],
    run: async ({ api, args, text, show }) => {
      const path = `/lineage/${args.map(encodeURIComponent).join('/')}`
      const graph = await api.get<Graph>(path, { direction: text('direction') ?? 'both', depth: text('depth') })
      const titles = new Map(graph.nodes.map((node) => [`${node.kind}/${node.id}`, node.title]))
      const name = (ref: { kind: string; id: string }) => `${ref.kind} ${titles.get(`${ref.kind}/${ref.id}`) ?? ref.id}`
      show(graph, graph.edges, [
        { title: 'From', value: (edge) => name(edge.from) },
        { title: 'Edge', value: (edge) => edge.type },
        { title: 'To', value: (edge) => name(edge.to) },
      ])
      return exitCodes.ok
    },
  }),
]
