import type { Facet } from '@millrace/experiment-tracking/contract'
import type { Api } from '@millrace/ui/data'
import { quotedField, readSnapshot, withColumns, type RunSnapshot } from './run-columns-form.ts'

/** The columns that an experiment's runs have, with how many have each. */
export interface RunField {
  readonly field: string
  readonly runs: number
}

/** What an experiment's runs have beside what every run has. */
export interface RunFields {
  readonly fields: readonly RunField[]
  /** How many runs each piece of data has. */
  readonly data: Pick<Facet, 'field' | 'values'>
}

/** Columns that come with the first answer. */
export const FIRST_COLUMNS = 24
/** Keys of one address: the longest that every server takes. */
const LONGEST_KEYS = 6000
const MOST_AT_ONCE = 60

/** Fetches the names of the columns that an experiment's runs have, the most frequent of each kind first. */
export async function loadFields(api: Api, experiment: string, signal: AbortSignal): Promise<RunFields> {
  const asked = { experiments: [experiment], fields: ['data'], limit: 8, keys: true }
  const { facets, keys } = await api.post<{ facets: readonly Facet[]; keys: readonly RunField[] }>(
    'runs/facets',
    asked,
    {
      signal,
    },
  )
  const fields = keys.filter(({ field }) => !field.includes('`') && !field.startsWith('tags.mlflow.'))
  return { fields, data: facets[0] ?? { field: 'data', values: [] } }
}

/** Metrics and parameters that most runs have, some of each. */
export function firstFields(fields: readonly RunField[]): string[] {
  const of = (family: string) => fields.filter(({ field }) => field.startsWith(family)).map(({ field }) => field)
  const params = of('params.').slice(0, FIRST_COLUMNS / 2)
  return [...of('metrics.').slice(0, FIRST_COLUMNS - params.length), ...params]
}

/** Fetches columns of all runs, in as many requests as their names need. */
export async function loadColumns(
  api: Api,
  experiment: string,
  fields: readonly string[],
  signal: AbortSignal,
): Promise<RunSnapshot> {
  const parts = await Promise.all(batches(fields).map((keys) => fetchColumns(api, experiment, keys, signal)))
  const [first, ...rest] = parts
  if (first === undefined) throw new Error('There is always one request.')
  return rest.reduce(withColumns, first)
}

function batches(fields: readonly string[]): string[] {
  const made: string[][] = [[]]
  let length = 0
  for (const field of fields) {
    const key = quotedField(field).replaceAll(',', '%2C')
    length += encodeURIComponent(key).length + 3
    if (length > LONGEST_KEYS || (made.at(-1)?.length ?? 0) >= MOST_AT_ONCE) {
      made.push([])
      length = key.length
    }
    made.at(-1)?.push(key)
  }
  return made.map((keys) => keys.join(','))
}

async function fetchColumns(api: Api, experiment: string, keys: string, signal: AbortSignal): Promise<RunSnapshot> {
  const path = `experiments/${encodeURIComponent(experiment)}/runs.columns`
  const answer = await fetch(api.url(path, keys === '' ? {} : { keys }), {
    signal,
    credentials: 'same-origin',
    headers: { 'x-millrace-page': '1' },
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause
    throw new TypeError('The server does not answer.', { cause })
  })
  if (answer.ok) return readSnapshot(await answer.arrayBuffer())
  // The same address as JSON says what is wrong, in a problem's form.
  await api.get(path, { query: { keys }, signal })
  throw new TypeError(`The server answered ${answer.status}.`)
}

/** The runs that a query finds which only the server can answer. */
export async function findElsewhere(
  api: Api,
  experiment: string,
  query: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { items } = await api.post<{ items: readonly { id: string }[] }>(
    'runs/search',
    { experiments: [experiment], query, limit: 50_000 },
    { signal },
  )
  return new Set(items.map(({ id }) => id))
}
