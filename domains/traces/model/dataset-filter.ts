import { Tokens } from './filter-tokens.ts'
import type { EvaluationDataset } from './evaluation-dataset.ts'
import { problem } from './problems.ts'

/** The fields that evaluation data sets are found and ordered by, in MLflow's words. */
const fields: Readonly<Record<string, (dataset: EvaluationDataset) => string | number | null>> = {
  name: ({ name }) => name,
  created_time: ({ createdAtMs }) => createdAtMs,
  last_update_time: ({ updatedAtMs }) => updatedAtMs,
  created_by: ({ createdBy }) => createdBy,
  last_updated_by: ({ updatedBy }) => updatedBy,
}
const numeric = new Set(['created_time', 'last_update_time'])

export type DatasetTest = (dataset: EvaluationDataset) => boolean

/** Reads a filter of evaluation data sets. Throws `traces/bad-filter`. */
export function parseDatasetFilter(text: string): DatasetTest {
  const tokens = new Tokens(text)
  const tests: DatasetTest[] = []
  while (!tokens.done()) {
    if (tests.length > 0) tokens.expectAnd()
    tests.push(readTest(tokens))
  }
  return (dataset) => tests.every((test) => test(dataset))
}

/** Reads `created_time DESC` and the like into a comparison. Newest first where nothing is said. Throws `traces/bad-filter`. */
export function parseDatasetOrder(
  orders: readonly string[],
): (one: EvaluationDataset, other: EvaluationDataset) => number {
  const keys = (orders.length === 0 ? ['created_time DESC'] : orders).map((text) => {
    const [, name = '', direction = 'ASC'] = /^\s*(?:attributes?\.)?(\w+)(?:\s+(ASC|DESC))?\s*$/i.exec(text) ?? []
    return { of: fieldOf(name, text), sign: direction.toUpperCase() === 'DESC' ? -1 : 1 }
  })
  return (one, other) => {
    for (const { of, sign } of keys) {
      const [left, right] = [of(one) ?? '', of(other) ?? '']
      if (left !== right) return left < right ? -sign : sign
    }
    return one.id < other.id ? 1 : -1
  }
}

function fieldOf(name: string, text: string): (dataset: EvaluationDataset) => string | number | null {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field !== undefined) return field
  throw bad(
    `Invalid attribute key '${name === '' ? text : name}' specified. Valid keys are '{${Object.keys(fields).join(', ')}}'`,
  )
}

function readTest(tokens: Tokens): DatasetTest {
  const field = tokens.next('a field')
  if (field.kind !== 'name') throw bad(`Invalid clause(s) in filter string: '${field.text}'`)
  const { prefix = 'attribute', key } = field
  const comparator = tokens.comparator()
  if (prefix === 'tag' || prefix === 'tags') return tagTest(tokens, key, comparator)
  if (prefix === 'attribute' || prefix === 'attributes') return attributeTest(tokens, key, comparator)
  throw bad(`Invalid entity type '${prefix}'. Valid values are {'attribute', 'tag'}`)
}

const textSigns = ['=', '!=', 'LIKE', 'ILIKE']

function tagTest(tokens: Tokens, key: string, comparator: string): DatasetTest {
  const test = textTest(comparator, valueOf(tokens, comparator), textSigns, 'tag')
  return ({ tags }) => tags[key] !== undefined && test(tags[key])
}

function attributeTest(tokens: Tokens, key: string, comparator: string): DatasetTest {
  const of = fieldOf(key, key)
  if (numeric.has(key)) {
    const test = numberTest(comparator, tokens, key)
    return (dataset) => test(Number(of(dataset)))
  }
  const signs = key === 'name' ? [...textSigns, 'IN'] : textSigns
  const test = textTest(comparator, valueOf(tokens, comparator), signs, 'string attribute')
  return (dataset) => {
    const value = of(dataset)
    return value !== null && test(String(value))
  }
}

function valueOf(tokens: Tokens, comparator: string): string | readonly string[] {
  return comparator === 'IN' ? tokens.list() : textValue(tokens)
}

function textValue(tokens: Tokens): string {
  const token = tokens.next('a value')
  if (token.kind === 'text') return token.text
  throw bad(`Expected a quoted string value (e.g. 'my-value'). Got value ${token.text}`)
}

function textTest(
  comparator: string,
  value: string | readonly string[],
  signs: readonly string[],
  what: string,
): (text: string) => boolean {
  if (!signs.includes(comparator)) throw bad(`Invalid comparator for ${what}: ${comparator}`)
  if (typeof value !== 'string') return (text) => value.includes(text)
  if (comparator === '=') return (text) => text === value
  if (comparator === '!=') return (text) => text !== value
  const insensitive = comparator === 'ILIKE'
  const pattern = insensitive ? value.toLowerCase() : value
  return (text) => isLike(insensitive ? text.toLowerCase() : text, pattern)
}

function numberTest(comparator: string, tokens: Tokens, key: string): (number: number) => boolean {
  const token = tokens.next('a number')
  const value = Number(token.text)
  if (token.kind !== 'number' || !Number.isInteger(value))
    throw bad(`Invalid value for numeric attribute '${key}': '${token.text}'`)
  switch (comparator) {
    case '=':
      return (number) => number === value
    case '!=':
      return (number) => number !== value
    case '<':
      return (number) => number < value
    case '<=':
      return (number) => number <= value
    case '>':
      return (number) => number > value
    case '>=':
      return (number) => number >= value
    default:
      throw bad(`Invalid comparator for numeric attribute: ${comparator}`)
  }
}

/** LIKE without a regular expression, whose `%a%a%a` could take for ever: greedy from wildcard to wildcard. */
function isLike(text: string, pattern: string): boolean {
  let [at, from] = [0, 0]
  let [star, mark] = [-1, 0]
  while (at < text.length) {
    const sign = pattern[from]
    if (sign === '%') {
      star = from
      mark = at
      from += 1
    } else if (sign === '_' || sign === text[at]) {
      at += 1
      from += 1
    } else if (star >= 0) {
      from = star + 1
      mark += 1
      at = mark
    } else return false
  }
  return /^%*$/.test(pattern.slice(from))
}

function bad(reason: string): Error {
  return problem['bad-filter']({ reason })
}
