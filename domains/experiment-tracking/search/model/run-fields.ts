import type { Query, QueryField, QueryOperator, QueryValue, Span } from '@millrace/contract/query'
import { parseQuery, QueryError, timeOfText } from '@millrace/contract/query'
import type { Comparator } from '../../model/filter.ts'
import { problem } from '../../model/problems.ts'
import { RunStatus } from '../../model/run.ts'
import type { Condition, Figure, Leaf } from './condition.ts'

/** What a query needs to know of the moment and of who asks. */
export interface Asking {
  readonly nowMs: number
  /** The name behind `me`. */
  readonly me: string
}

type FieldType = 'text' | 'time' | 'duration' | 'number' | 'status'
type Target = Pick<Leaf, 'entity' | 'key' | 'figure'> & { readonly type: FieldType }

const attribute = (key: string, type: FieldType = 'text'): Target => ({ entity: 'attribute', key, type })

/** What a query may name of a run itself. */
const fields: Readonly<Record<string, Target>> = {
  id: attribute('run_id'),
  name: attribute('run_name'),
  status: attribute('status', 'status'),
  user: attribute('user_id'),
  started: attribute('start_time', 'time'),
  ended: attribute('end_time', 'time'),
  created: attribute('created_time', 'time'),
  took: attribute('took', 'duration'),
  experiment: attribute('experiment'),
  parent: attribute('parent'),
  code: attribute('code'),
  artifacts: attribute('artifact_uri'),
}

const families: Readonly<Record<string, 'metric' | 'param' | 'tag' | 'dataset'>> = {
  metrics: 'metric',
  metric: 'metric',
  params: 'param',
  param: 'param',
  tags: 'tag',
  tag: 'tag',
  data: 'dataset',
}

const figures: readonly Figure[] = ['last', 'min', 'max', 'first', 'mean', 'count']

/** Every field that a query of runs may name without a key. */
export const runFieldNames: readonly string[] = Object.keys(fields)

/**
 * Reads a query of runs. Throws `experiment-tracking/bad-query`, whose `start` and `end` say which piece of the text is
 * not understood.
 */
export function conditionOfQuery(text: string, at: Asking): Condition {
  try {
    return conditionOf(parseQuery(text), at)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw problem['bad-query']({ reason: error.message, ...error.at })
  }
}

/** The syntax tree of a query that reads as one of runs. Throws `experiment-tracking/bad-query`. */
export function treeOfQuery(text: string): Query {
  conditionOfQuery(text, { nowMs: 0, me: '' })
  return parseQuery(text)
}

/** Reads one field, such as `params.model`, of a facet or a column. Throws `experiment-tracking/bad-query`. */
export function fieldOfText(text: string): Target {
  try {
    const query = parseQuery(`exists ${text}`)
    if (query.kind === 'exists') return targetOf(query.field)
    throw new QueryError(`"${text}" is no field.`, query.at)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw problem['bad-query']({ reason: error.message, start: 0, end: text.length })
  }
}

function conditionOf(query: Query, at: Asking): Condition {
  switch (query.kind) {
    case 'everything':
      return { kind: 'all', of: [] }
    case 'and':
      return { kind: 'all', of: query.of.map((part) => conditionOf(part, at)) }
    case 'or':
      return { kind: 'any', of: query.of.map((part) => conditionOf(part, at)) }
    case 'not':
      return { kind: 'not', of: conditionOf(query.of, at) }
    case 'text':
      return leaf({ entity: 'attribute', key: 'run_name', comparator: 'CONTAINS', value: query.text })
    case 'exists':
      return existing(targetOf(query.field))
    case 'in':
      return listed(targetOf(query.field), query.values, query.negated, at)
    default:
      return compared(targetOf(query.field), query.operator, query.value, at)
  }
}

function leaf(asked: Leaf): Condition {
  return { kind: 'leaf', leaf: asked }
}

function existing({ entity, key, figure }: Target): Condition {
  return leaf({ entity, key, ...(figure === undefined ? {} : { figure }), comparator: 'IS NOT NULL', value: null })
}

function compared(target: Target, operator: QueryOperator, value: QueryValue, at: Asking): Condition {
  const { type, ...field } = target
  if (operator === '~' || operator === '!~' || operator === 'contains') {
    return searched(target, operator, value, at)
  }
  return leaf({ ...field, comparator: operator, value: literal(type, value, at) })
}

function searched(target: Target, operator: '~' | '!~' | 'contains', value: QueryValue, at: Asking): Condition {
  const { type, ...field } = target
  if (type !== 'text' && type !== 'status')
    throw new QueryError(`"${operator}" looks into texts, and this field holds none.`, value.at)
  const asked = textOf(value, at)
  if (operator === 'contains') return leaf({ ...field, comparator: 'CONTAINS', value: asked })
  checkPattern(asked, value.at)
  const found = leaf({ ...field, comparator: 'MATCHES', value: asked })
  return operator === '~' ? found : { kind: 'all', of: [existing(target), { kind: 'not', of: found }] }
}

function checkPattern(pattern: string, at: Span): void {
  try {
    ''.search(new RegExp(pattern, 'u'))
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/u?: /, '') : ''
    throw new QueryError(`"${pattern}" is no regular expression (${reason}).`, at)
  }
}

function listed(target: Target, values: readonly QueryValue[], negated: boolean, at: Asking): Condition {
  const { type, ...field } = target
  const comparator: Comparator = negated ? 'NOT IN' : 'IN'
  const literals = values.map((value) => literal(type, value, at))
  const numbers = literals.filter((value) => typeof value === 'number')
  if (numbers.length === literals.length) return leaf({ ...field, comparator, value: numbers })
  const texts = values.map((value) => textOf(value, at))
  if (numbers.length === 0) return leaf({ ...field, comparator, value: type === 'status' ? literals : texts })
  // Some stand for numbers: a value may be one of these or one of those.
  const parts = values.map((value) =>
    leaf({ ...field, comparator: negated ? '!=' : '=', value: literal(type, value, at) }),
  )
  return { kind: negated ? 'all' : 'any', of: parts }
}

function literal(type: FieldType, value: QueryValue, at: Asking): string | number {
  switch (type) {
    case 'time':
      return timeOf(value, at)
    case 'duration':
      if (value.kind === 'duration') return value.ms
      if (value.kind === 'number') return value.value
      throw new QueryError('Expected a duration such as 90s or 2h.', value.at)
    case 'number':
      if (value.kind === 'number') return value.value
      throw new QueryError('Expected a number.', value.at)
    case 'status':
      return statusOf(value, at)
    default:
      return value.kind === 'number' ? value.value : textOf(value, at)
  }
}

function timeOf(value: QueryValue, at: Asking): number {
  if (value.kind === 'now') return at.nowMs + value.offsetMs
  if (value.kind === 'duration') return at.nowMs + value.ms
  if (value.kind === 'time') return value.atMs
  if (value.kind === 'number') return value.value
  const ms = timeOfText(value.text)
  if (ms === undefined) throw new QueryError('Expected a time: 2026-01-31, now() - 7d or -7d.', value.at)
  return ms
}

function statusOf(value: QueryValue, at: Asking): string {
  const status = RunStatus.safeParse(textOf(value, at).toLowerCase())
  if (status.success) return status.data
  throw new QueryError(`Expected a status: ${RunStatus.options.join(', ')}.`, value.at)
}

function textOf(value: QueryValue, at: Asking): string {
  if (value.kind === 'now') return String(at.nowMs + value.offsetMs)
  return value.kind === 'text' && !value.quoted && value.text === 'me' ? at.me : value.text
}

function targetOf(field: QueryField): Target {
  const target = field.key === undefined ? fieldNamed(field) : keyed(field.name, field.key, field)
  return field.function === undefined ? target : figureOf(target, field.function, field)
}

function fieldNamed(field: QueryField): Target {
  const found = Object.hasOwn(fields, field.name) ? fields[field.name] : undefined
  if (found !== undefined) return found
  if (field.name === 'data') return { entity: 'dataset', key: 'name', type: 'text' }
  throw new QueryError(
    `Runs have no field "${field.name}". There are ${runFieldNames.join(', ')}, data, metrics.<key>, params.<key> and tags.<key>.`,
    field.at,
  )
}

function keyed(name: string, key: string, { at }: QueryField): Target {
  const entity = Object.hasOwn(families, name) ? families[name] : undefined
  if (entity === undefined) throw new QueryError(`Expected metrics., params., tags. or data. before "${key}".`, at)
  if (entity === 'metric') return { entity, key, type: 'number' }
  if (entity === 'dataset' && !['name', 'digest', 'context'].includes(key))
    throw new QueryError('Of data there are data.name, data.digest and data.context.', at)
  return { entity, key, type: 'text' }
}

function figureOf(target: Target, called: string, { at, argument }: QueryField): Target {
  if (target.entity !== 'metric')
    throw new QueryError(`${called}() is a figure of a metric: ${called}(metrics.loss).`, at)
  const figure = called === 'best' ? bestOf(target.key) : figures.find((name) => name === called)
  if (figure === undefined || argument !== undefined)
    throw new QueryError(`Searches know best, ${figures.join(', ')} of a metric, not ${called}().`, at)
  return { ...target, figure }
}

const smallerIsBetter = /loss|error|err\b|brier|ece|rmse|mae|mse|perplexity|latency|seconds|duration|gap|psi|drift/i

/** Which figure is the best of a metric, told from its name as the pages tell it: the smallest loss, the greatest accuracy. */
function bestOf(key: string): Figure {
  return smallerIsBetter.test(key) ? 'min' : 'max'
}
