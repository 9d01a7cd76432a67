import type { RunRow } from './load-experiment.ts'

export interface FacetValue {
  value: string
  count: number
  on: boolean
}

export interface Facet {
  title: string
  field: string
  values: readonly FacetValue[]
}

const LONGEST = 8

/** What the runs differ in: status, the parameters with few values, data, code, author. Values by count. */
export function facetsOf(runs: readonly RunRow[], q: string): Facet[] {
  const params = [...new Set(runs.flatMap((run) => Object.keys(run.params)))]
  const telling = params.filter((key) => {
    const distinct = new Set(runs.map((run) => run.params[key])).size
    return distinct > 1 && distinct <= LONGEST
  })
  return [
    facet(
      'Status',
      'status',
      runs.map((run) => [run.status.toLowerCase()]),
      q,
    ),
    ...telling.slice(0, 3).map((key) =>
      facet(
        key,
        `params.${key}`,
        runs.map((run) => [run.params[key] ?? '']),
        q,
      ),
    ),
    facet(
      'Data',
      'dataset.name',
      runs.map((run) => run.data),
      q,
    ),
    facet(
      'Author',
      'user_id',
      // Runs of jobs have as many authors as there were jobs; only people are worth a choice.
      runs.map((run) => (run.author.startsWith('jobs/') ? [] : [run.author])),
      q,
    ),
  ].filter((each) => each.values.length > 1 || each.values.some((value) => value.on))
}

function facet(title: string, field: string, found: readonly (readonly string[])[], q: string): Facet {
  const counts = new Map<string, number>()
  for (const value of found.flat()) if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1)
  const chosen = new Set(clauseValues(q, field))
  for (const value of chosen) if (!counts.has(value)) counts.set(value, 0)
  const values = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, LONGEST)
  return { title, field, values: values.map(([value, count]) => ({ value, count, on: chosen.has(value) })) }
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
