import type { Ref } from '@millrace/contract'
import type { Scope } from '@millrace/kernel'
import type { Direction } from '../model/edge-direction.ts'
import { edges } from './edges.ts'
import { walk } from './walk.ts'

export interface RelativesOptions {
  /** Only things of these kinds; default all. */
  readonly kinds?: readonly string[]
  /** Steps from `refs`; default 100. */
  readonly depth?: number
  /** Most things walked through; default 100,000. */
  readonly limit?: number
}

/** What came from `refs`, by any number of steps, nearest first; `refs` themselves are left out. */
export function descendants(scope: Scope, refs: readonly Ref[], options: RelativesOptions = {}): Promise<Ref[]> {
  return relatives(scope, refs, 'downstream', options)
}

/** What `refs` came from, by any number of steps, nearest first; `refs` themselves are left out. */
export function ancestors(scope: Scope, refs: readonly Ref[], options: RelativesOptions = {}): Promise<Ref[]> {
  return relatives(scope, refs, 'upstream', options)
}

async function relatives(
  scope: Scope,
  refs: readonly Ref[],
  direction: Direction,
  { kinds, depth = 100, limit = 100_000 }: RelativesOptions,
): Promise<Ref[]> {
  const { nodes } = await walk(edges(scope.db, scope.workspace), refs, { direction, depth, limit })
  const starts = new Set(refs.map((ref) => `${ref.kind} ${ref.id}`))
  return nodes.filter(
    (node) => !starts.has(`${node.kind} ${node.id}`) && (kinds === undefined || kinds.includes(node.kind)),
  )
}
