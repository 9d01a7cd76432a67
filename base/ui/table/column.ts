import type { ReactNode } from 'react'

/** A column of a `DataTable`. Widths are fixed so that nothing is measured while scrolling. */
export interface Column<Row> {
  id: string
  head: ReactNode
  /** Pixels; `grow` shares what is left. */
  width: number
  grow?: number
  end?: boolean
  /** Columns with the same group stand under one head: the prefix of a metric. */
  group?: string
  /** Kept on a phone. */
  phone?: boolean
  sortable?: boolean
  cell: (row: Row) => ReactNode
}

export interface Sort {
  id: string
  descending: boolean
}

/** The grid template of some columns. */
export function templateOf<Row>(columns: readonly Column<Row>[]): string {
  return columns
    .map((column) => (column.grow === undefined ? `${column.width}px` : `minmax(${column.width}px, ${column.grow}fr)`))
    .join(' ')
}

/** Neighbouring columns of one group, for the upper row of heads. Null when there is no group at all. */
export function groupsOf<Row>(columns: readonly Column<Row>[]): { name: string; span: number }[] | null {
  if (columns.every((column) => column.group === undefined)) return null
  const groups: { name: string; span: number }[] = []
  for (const column of columns) {
    const last = groups.at(-1)
    const name = column.group ?? ''
    if (last !== undefined && last.name === name) last.span += 1
    else groups.push({ name, span: 1 })
  }
  return groups
}

/** `-metrics.val/auc:best` is descending by that column. */
export function parseSort(text: string): Sort | null {
  if (text === '' || text === '-') return null
  return text.startsWith('-') ? { id: text.slice(1), descending: true } : { id: text, descending: false }
}

export function writeSort(sort: Sort | null): string {
  return sort === null ? '' : (sort.descending ? '-' : '') + sort.id
}

/** The next state when a head is clicked: descending, ascending, none. */
export function nextSort(now: Sort | null, id: string): Sort | null {
  if (now?.id !== id) return { id, descending: true }
  return now.descending ? { id, descending: false } : null
}

/** The columns that sort after a click on a head; `more` keeps those that sort already. */
export function nextSorts(now: readonly Sort[], id: string, more: boolean): Sort[] {
  const mine = nextSort(now.find((each) => each.id === id) ?? null, id)
  if (!more) return mine === null ? [] : [mine]
  const others = now.filter((each) => each.id !== id)
  if (mine === null) return others
  return now.some((each) => each.id === id) ? now.map((each) => (each.id === id ? mine : each)) : [...others, mine]
}

/** `-metrics.auc,params.rate`; a comma within a name is written `%2C`. */
export function parseSorts(text: string): Sort[] {
  return text.split(',').flatMap((part) => parseSort(part.replaceAll('%2C', ',')) ?? [])
}

export function writeSorts(sorts: readonly Sort[]): string {
  return sorts.map((sort) => writeSort(sort).replaceAll(',', '%2C')).join(',')
}
