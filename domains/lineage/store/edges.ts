import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { LineageEdge as NewEdge } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { LineageEdge } from '../contract.ts'
import type { Direction } from '../model/edge-direction.ts'
import { upstreamEnd } from '../model/edge-direction.ts'
import type { LineageTables } from './tables.ts'

type EdgeRow = LineageTables['lineage_edge']

/** Lists are filled up to one of these lengths, so that few statements are ever prepared. */
const listLengths = [1, 8, 64, 512]
const largest = 512
const insertedAtOnce = 50

/** An edge by its ends. `upstream` and `downstream` are the same objects as the edge's `from` and `to`. */
export interface FoundEdge {
  readonly edge: LineageEdge
  readonly upstream: Ref
  readonly downstream: Ref
}

/** The edges of one workspace. */
export function edges(db: Db, workspace: string) {
  const lineage = tables<LineageTables>(db)
  return {
    /** Writes edges; one that is there already stays as it was written first. */
    add: async (added: readonly NewEdge[], atMs: number): Promise<void> => {
      for (let start = 0; start < added.length; start += insertedAtOnce) {
        const rows = added.slice(start, start + insertedAtOnce).map((edge) => rowOf(workspace, edge, atMs))
        await lineage
          .insertInto('lineage_edge')
          .values(rows)
          .onConflict((c) => c.doNothing())
          .execute()
      }
    },
    /** The edges that lead from `refs` in one direction. */
    leading: async (direction: Direction, refs: readonly Ref[]): Promise<FoundEdge[]> => {
      const near = direction === 'upstream' ? 'downstream' : 'upstream'
      const found: FoundEdge[] = []
      for (const [kind, ofKind] of Map.groupBy(refs, (ref) => ref.kind)) {
        for (const ids of listsOf(ofKind.map((ref) => ref.id))) {
          const rows = await lineage
            .selectFrom('lineage_edge')
            .select(['downstream_kind', 'downstream_id', 'upstream_kind', 'upstream_id', 'type', 'context', 'at_ms'])
            .where('workspace', '=', workspace)
            .where(`${near}_kind`, '=', kind)
            .where(`${near}_id`, 'in', ids)
            .execute()
          for (const row of rows) found.push(showEdge(row))
        }
      }
      return found
    },
    /** True when any edge begins or ends at a thing. */
    touches: async ({ kind, id }: Ref): Promise<boolean> => {
      const at = (end: Direction) =>
        lineage
          .selectFrom('lineage_edge')
          .select('type')
          .where('workspace', '=', workspace)
          .where(`${end}_kind`, '=', kind)
          .where(`${end}_id`, '=', id)
          .limit(1)
          .executeTakeFirst()
      return (await at('upstream')) !== undefined || (await at('downstream')) !== undefined
    },
  }
}

/** Cuts a list into parts of one of the fixed lengths; the last repeats its end. */
function listsOf(ids: readonly string[]): string[][] {
  const lists: string[][] = []
  for (let start = 0; start < ids.length; start += largest) {
    const part = ids.slice(start, start + largest)
    const length = listLengths.find((candidate) => candidate >= part.length) ?? largest
    const last = part.at(-1) ?? ''
    lists.push([...part, ...Array.from({ length: length - part.length }, () => last)])
  }
  return lists
}

function rowOf(workspace: string, { from, type, to, context = '' }: NewEdge, atMs: number): EdgeRow {
  const [upstream, downstream] = upstreamEnd[type] === 'from' ? [from, to] : [to, from]
  return {
    workspace,
    downstream_kind: downstream.kind,
    downstream_id: downstream.id,
    upstream_kind: upstream.kind,
    upstream_id: upstream.id,
    type,
    context,
    at_ms: atMs,
  }
}

function showEdge(row: Omit<EdgeRow, 'workspace'>): FoundEdge {
  const { type, context, at_ms: atMs } = row
  const upstream = ref(row.upstream_kind, row.upstream_id)
  const downstream = ref(row.downstream_kind, row.downstream_id)
  const [from, to] = upstreamEnd[type] === 'from' ? [upstream, downstream] : [downstream, upstream]
  const edge = context === '' ? { from, type, to, atMs } : { from, type, to, context, atMs }
  return { edge, upstream, downstream }
}
