import type { FieldCount } from '../snapshot/count-values.ts'
import { quotedField, type RunSnapshot } from '../snapshot/run-columns-form.ts'

/** One field with its values, as the rail shows it. */
export interface FacetGroup {
  title: string
  field: string
  values: readonly { value: string; count: number; on: boolean }[]
}

const LONGEST = 8
const MOST_PARAMS = 3
const titles: Readonly<Record<string, string>> = { status: 'Status', data: 'Data', user: 'Author' }

/** Parameters with few values, which runs can be told apart by. */
export function tellingParams({ columns }: RunSnapshot): string[] {
  const params = [...columns.values()].filter((column) => column.field.startsWith('params.') && column.type === 'text')
  const telling = params.filter((column) => {
    const distinct = column.type === 'text' ? column.texts.length : 0
    return distinct > 1 && distinct <= LONGEST && !column.field.includes('`')
  })
  return telling.slice(0, MOST_PARAMS).map(({ field }) => field)
}

/** Counts with what the query already asks for; fields that leave no choice are left out. */
export function facetGroups(facets: readonly FieldCount[], q: string): FacetGroup[] {
  return facets
    .map((facet) => groupOf(facet, q))
    .filter(({ values }) => values.length > 1 || values.some(({ on }) => on))
}

function groupOf({ field: plain, values }: FieldCount, q: string): FacetGroup {
  const field = quotedField(plain)
  const chosen = new Set(clauseValues(q, field))
  // Runs of jobs have as many authors as there were jobs; only people are worth a choice.
  const known = values.filter(({ value }) => field !== 'user' || !value.startsWith('jobs/'))
  const counts = new Map(known.map(({ value, runs }) => [value, runs]))
  for (const value of chosen) if (!counts.has(value)) counts.set(value, 0)
  const title = titles[field] ?? field.replace(/^params\.`(.*)`$/s, '$1')
  return { title, field, values: [...counts].map(([value, count]) => ({ value, count, on: chosen.has(value) })) }
}

const clause = (field: string) =>
  new RegExp(
    `(?:^|\\s+and\\s+)${field.replaceAll(/[.*+?^$(){}|[\]\\]/g, String.raw`\$&`)}\\s+in\\s+\\(((?:'(?:[^']|'')*'|[^)'])*)\\)`,
  )

/** The values that the query asks of a field: `status in (finished, failed)`. */
export function clauseValues(q: string, field: string): string[] {
  const inside = clause(field).exec(q)?.[1] ?? ''
  return [...inside.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) => value.replaceAll("''", "'"))
}

/** Adds a value to the field's clause or takes it away, leaving the rest of the query as it was written. */
export function toggleValue(q: string, field: string, value: string): string {
  const now = clauseValues(q, field)
  const next = now.includes(value) ? now.filter((each) => each !== value) : [...now, value]
  const rest = q
    .replace(clause(field), '')
    .replace(/^\s*and\s+/, '')
    .trim()
  if (next.length === 0) return rest
  const written = `${field} in (${next.map(quote).join(', ')})`
  return rest === '' ? written : `${rest} and ${written}`
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
