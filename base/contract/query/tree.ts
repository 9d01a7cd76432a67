/** Where a piece of a query stands in its text: from `start` up to, not including, `end`, in UTF-16 units. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What a query asks, as a tree: plain JSON, so that it can be saved. Every node says where it stands. */
export type Query =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Query[]; readonly at: Span }
  | { readonly kind: 'not'; readonly of: Query; readonly at: Span }
  | {
      readonly kind: 'compare'
      readonly field: QueryField
      readonly operator: QueryOperator
      readonly value: QueryValue
      readonly at: Span
    }
  | {
      readonly kind: 'in'
      readonly field: QueryField
      readonly negated: boolean
      readonly values: readonly QueryValue[]
      readonly at: Span
    }
  | { readonly kind: 'exists'; readonly field: QueryField; readonly at: Span }
  /** Words without an operator: the name contains them. */
  | { readonly kind: 'text'; readonly text: string; readonly at: Span }
  /** An empty query. */
  | { readonly kind: 'everything'; readonly at: Span }

/** `~` is a regular expression found anywhere in the text, `contains` minds no case. */
export type QueryOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~' | 'contains'

/** `status`, `metrics.loss`, `min(metrics.loss)`, `at(metrics.loss, 1000)`. */
export interface QueryField {
  readonly name: string
  readonly key?: string
  readonly function?: string
  readonly argument?: number
  readonly at: Span
}

export type QueryValue =
  /** `text` is what was written, for fields that hold text. */
  | { readonly kind: 'number'; readonly value: number; readonly text: string; readonly at: Span }
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean; readonly at: Span }
  /** `2h`, `-7d`. Beside a time it counts from now. */
  | { readonly kind: 'duration'; readonly ms: number; readonly text: string; readonly at: Span }
  /** `2026-01-31`, `2026-01-31T10:00`; UTC where no zone is written. Epoch milliseconds. */
  | { readonly kind: 'time'; readonly atMs: number; readonly text: string; readonly at: Span }
  /** `now()`, `now() - 7d`. */
  | { readonly kind: 'now'; readonly offsetMs: number; readonly at: Span }

/** A query that cannot be read: what was expected, and where. */
export class QueryError extends Error {
  readonly at: Span
  constructor(reason: string, at: Span) {
    super(reason)
    this.name = 'QueryError'
    this.at = at
  }
}
