import type { Clause, Comparator } from './filter.ts'
import { problem } from './problems.ts'

/** The attributes that a search of logged models may name, and their columns. */
export const loggedModelColumns = {
  name: 'name',
  model_id: 'id',
  model_type: 'type',
  status: 'status',
  source_run_id: 'run_id',
  experiment_id: 'experiment',
  creation_timestamp: 'created_at_ms',
  creation_timestamp_ms: 'created_at_ms',
  creation_time: 'created_at_ms',
  last_updated_timestamp: 'updated_at_ms',
  last_updated_timestamp_ms: 'updated_at_ms',
} as const

export type LoggedModelColumn = (typeof loggedModelColumns)[keyof typeof loggedModelColumns]

const entities = { attributes: 'attribute', metrics: 'metric', params: 'param', tags: 'tag' } as const
const numeric: readonly Comparator[] = ['<', '<=', '>', '>=', '=', '!=']
const textual: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN']

// A field (whose key may be quoted), a comparator, and a value: a text, a number, or a list of texts.
const comparison =
  /\s*((?:[a-z]+\.)?(?:`[^`]+`|"[^"]+"|[\w./:-]+))\s*(<=|>=|!=|<>|=|<|>|\blike\b|\bilike\b|\bnot\s+in\b|\bin\b)\s*('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|\([^)]*\)|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?=\s|$)/iy

/** Reads the filter of a search of logged models: comparisons joined by AND. Throws `experiment-tracking/bad-filter`. */
export function parseLoggedModelFilter(text: string): Clause[] {
  const clauses: Clause[] = []
  let at = 0
  const end = text.trimEnd().length
  while (at < end) {
    if (clauses.length > 0) {
      const and = /\s*and\b/iy
      and.lastIndex = at
      if (!and.test(text)) throw notAList(text)
      at = and.lastIndex
    }
    comparison.lastIndex = at
    const found = comparison.exec(text)
    if (found === null) throw notAList(text)
    const [, field = '', sign = '', value = ''] = found
    clauses.push(clauseOf(field, comparatorOf(sign), value))
    at = comparison.lastIndex
  }
  return clauses
}

/** The field an order or a condition names. Throws `experiment-tracking/bad-filter` for one there is not. */
export function loggedModelField(text: string): Pick<Clause, 'entity' | 'key'> {
  const [, prefix = 'attributes', rest = ''] = /^(?:([a-z]+)\.)?(.+)$/s.exec(text) ?? []
  const key = rest.replaceAll(/^[`"]|[`"]$/g, '')
  if (!Object.hasOwn(entities, prefix))
    throw bad(`Invalid entity type: '${prefix}'. Expected one of ['attributes', 'metrics', 'params', 'tags'].`)
  const entity = entities[prefix as keyof typeof entities] // just looked up
  if (entity === 'attribute' && !Object.hasOwn(loggedModelColumns, key))
    throw bad(
      `Invalid attribute key '${key.slice(0, 100)}'. Valid keys are ${Object.keys(loggedModelColumns).join(', ')}.`,
    )
  return { entity, key }
}

function clauseOf(name: string, comparator: Comparator, value: string): Clause {
  const field = loggedModelField(name)
  const number = field.entity === 'metric' || columnOf(field)?.endsWith('_at_ms') === true
  const allowed = number ? numeric : textual
  if (!allowed.includes(comparator)) {
    const list = allowed.map((one) => `'${one}'`).join(', ')
    throw bad(`Invalid comparison operator for ${name}: '${comparator}'. Expected one of (${list}).`)
  }
  if (number) {
    if (!/^[-+.\d]/.test(value)) throw bad(`Expected a number for ${name}. Found ${value.slice(0, 100)}`)
    return { ...field, comparator, value: Number(value) }
  }
  return { ...field, comparator, value: textsOf(value, comparator, name) }
}

function columnOf({ entity, key }: Pick<Clause, 'entity' | 'key'>): LoggedModelColumn | undefined {
  return entity === 'attribute' ? loggedModelColumns[key as keyof typeof loggedModelColumns] : undefined // checked above
}

function textsOf(value: string, comparator: Comparator, name: string): string | string[] {
  const isList = value.startsWith('(')
  if (isList !== (comparator === 'IN' || comparator === 'NOT IN'))
    throw bad(`IN and NOT IN take a list such as ('a', 'b'), the other comparators one value; see ${name}.`)
  if (!isList) return unquote(value)
  return [...value.matchAll(/'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"/g)].map(([text]) => unquote(text))
}

function unquote(text: string): string {
  return /^['"]/.test(text) ? text.slice(1, -1).replaceAll("''", "'").replaceAll(/\\(.)/g, '$1') : text
}

function comparatorOf(sign: string): Comparator {
  const text = sign.toUpperCase().replace(/\s+/, ' ')
  return (text === '<>' ? '!=' : text) as Comparator // one of the pattern's own
}

function notAList(text: string): Error {
  return bad(
    `Invalid filter string: '${text.slice(0, 300)}'. Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').`,
  )
}

function bad(reason: string): Error {
  return problem['bad-filter']({ reason })
}
