import { endpoint, EpochMs, problems, ref } from '@millrace/contract'
import { z } from 'zod'

/** A thing by kind and id. */
const NodeRef = z.object({ kind: z.string(), id: z.string() })

/** Every kind of edge; which end came from which is in `model/edge-direction.ts`. */
export const EdgeType = z.enum([
  'used_code',
  'used_data',
  'derived_from',
  'produced',
  'executed_as',
  'part_of',
  'deployed_as',
  'measured',
  'raised',
  'triggered',
  'validated_by',
  'approved_by',
  'replaced',
  'reproduces',
])

/** A thing as its domain describes it; `title` is its id where the domain no longer has it. */
export const LineageNode = NodeRef.extend({
  title: z.string(),
  /** One fact: a figure, a date, a name. */
  fact: z.string().optional(),
  /** Path of its page below `/w/{workspace}`. */
  href: z.string().optional(),
  state: z.string().optional(),
})
export type LineageNode = z.infer<typeof LineageNode>

export const LineageEdge = z.object({
  from: NodeRef,
  type: EdgeType,
  to: NodeRef,
  /** For `used_data`: training, validation or reference; else what makes the edge plainer. */
  context: z.string().optional(),
  atMs: EpochMs,
})
export type LineageEdge = z.infer<typeof LineageEdge>

/** What lies around a root: nodes by distance, the root first, and the edges between them. */
export const LineageGraph = z.object({
  root: NodeRef,
  nodes: z.array(LineageNode),
  edges: z.array(LineageEdge),
  /** True when `limit` or `depth` left nodes out. */
  truncated: z.boolean(),
})
export type LineageGraph = z.infer<typeof LineageGraph>

/** Every way lineage says no. */
export const lineageProblem = problems('lineage', {
  'unknown-kind': {
    status: 404,
    say: (p: { kind: string; known: string }) => `There is no kind of node "${p.kind}". The kinds are ${p.known}.`,
  },
  'unknown-node': {
    status: 404,
    say: (p: { kind: string; id: string }) => `There is no ${p.kind} ${p.id} in this workspace.`,
  },
})

/** Upstream is what a thing came from, downstream what came from it. */
export const readGraph = endpoint({
  name: 'lineage.read-graph',
  method: 'GET',
  path: '/lineage/{kind}/{id}',
  summary: 'Reads where a thing comes from and what depends on it',
  needs: { permission: 'lineage:read', on: (input) => ref(input.kind, input.id) },
  input: z.object({
    kind: z.string().min(1).max(64),
    id: z.string().min(1).max(256),
    direction: z.enum(['upstream', 'downstream', 'both']).default('both'),
    /** Steps from the root. */
    depth: z.coerce.number().int().min(1).max(1000).default(20),
    /** Most nodes in the answer, the nearest first. */
    limit: z.coerce.number().int().min(1).max(20_000).default(1000),
  }),
  output: LineageGraph,
  problems: [lineageProblem['unknown-kind'], lineageProblem['unknown-node']],
})
