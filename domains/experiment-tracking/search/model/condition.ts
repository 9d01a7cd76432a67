import type { Clause, Field } from '../../model/filter.ts'

/** Which of a metric's figures is meant. `last` is the latest value. */
export type Figure = 'last' | 'min' | 'max' | 'first' | 'mean' | 'count'

/** One thing that is asked of a run: a clause of MLflow's grammar, or more than that grammar knows. */
export interface Leaf extends Field {
  readonly figure?: Figure
  readonly comparator: Clause['comparator'] | 'MATCHES' | 'CONTAINS'
  /** Params and tags compare as numbers with a number. */
  readonly value: Clause['value'] | readonly (string | number)[]
}

/** What a search asks of a run. A leaf on something the run does not have is false, so `not` of it is true. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'leaf'; readonly leaf: Leaf }

/** All clauses together, as MLflow's filters mean them. */
export function allOf(clauses: readonly Clause[]): Condition {
  return { kind: 'all', of: clauses.map((leaf) => ({ kind: 'leaf', leaf })) }
}

/** The leaves that every found run fulfils: those that are joined by `and` alone. */
export function requiredLeaves(condition: Condition): Leaf[] {
  if (condition.kind === 'leaf') return [condition.leaf]
  return condition.kind === 'all' ? condition.of.flatMap(requiredLeaves) : []
}

/** The rest of a condition where some of its required leaves are asked for elsewhere already. */
export function withoutLeaves(condition: Condition, asked: readonly Leaf[]): Condition {
  if (condition.kind === 'leaf') return asked.includes(condition.leaf) ? { kind: 'all', of: [] } : condition
  if (condition.kind !== 'all') return condition
  const rest = condition.of.map((part) => withoutLeaves(part, asked))
  return { kind: 'all', of: rest.filter((part) => part.kind !== 'all' || part.of.length > 0) }
}
