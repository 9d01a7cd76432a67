import { parseQuery, QueryError, type Query, type QueryField, type QueryValue } from '@millrace/contract/query'

/** A query as the page understands it before it asks anybody. */
export interface ReadQuery {
  readonly query: Query
  /** Columns it looks at. */
  readonly fields: readonly string[]
  /** It asks for what a snapshot does not hold, such as the least value of a metric: the server finds the runs. */
  readonly elsewhere: boolean
  /** Why it cannot be read, and which piece of it. */
  readonly fault: { readonly message: string; readonly start: number; readonly end: number } | null
}

const own = new Set(['id', 'name', 'status', 'user', 'started', 'ended', 'took'])
const families: Readonly<Record<string, string>> = {
  metrics: 'metrics',
  metric: 'metrics',
  params: 'params',
  param: 'params',
  tags: 'tags',
  tag: 'tags',
}

/** The column behind a field of a query; null where a snapshot has none. */
export function columnOfField({ name, key, function: called }: QueryField): string | null {
  if (called !== undefined && called !== 'last') return null
  if (key === undefined) return own.has(name) ? name : null
  const family = Object.hasOwn(families, name) ? families[name] : undefined
  return family === undefined ? null : `${family}.${key}`
}

/** Reads a query and says which columns it needs. One that cannot be read finds everything. */
export function readQuery(text: string): ReadQuery {
  try {
    const query = parseQuery(text)
    const columns = fieldsOf(query).map(columnOfField)
    const known = columns.filter((column) => column !== null)
    return { query, fields: known, elsewhere: known.length < columns.length || needsServer(query), fault: null }
  } catch (thrown) {
    if (!(thrown instanceof QueryError)) throw thrown
    const everything: Query = { kind: 'everything', at: { start: 0, end: 0 } }
    return { query: everything, fields: [], elsewhere: false, fault: { message: thrown.message, ...thrown.at } }
  }
}

function fieldsOf(query: Query): QueryField[] {
  switch (query.kind) {
    case 'and':
    case 'or':
      return query.of.flatMap(fieldsOf)
    case 'not':
      return fieldsOf(query.of)
    case 'text':
      return [{ name: 'name', at: query.at }]
    case 'everything':
      return []
    default:
      return [query.field]
  }
}

const statuses = new Set(['scheduled', 'running', 'finished', 'failed', 'killed'])

// `me` is a name that the server knows. It also takes a status in capitals, and refuses one that there is not.
function needsServer(query: Query): boolean {
  switch (query.kind) {
    case 'and':
    case 'or':
      return query.of.some(needsServer)
    case 'not':
      return needsServer(query.of)
    case 'in':
      return query.values.some((value) => isServersWord(query.field, value))
    case 'compare':
      return isServersWord(query.field, query.value)
    default:
      return false
  }
}

function isServersWord({ name }: QueryField, value: QueryValue): boolean {
  if (value.kind !== 'text') return name === 'status'
  return (!value.quoted && value.text === 'me') || (name === 'status' && !statuses.has(value.text))
}
