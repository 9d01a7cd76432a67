import { timeOfText } from './read-value.ts'
import type { Query, QueryField, QueryOperator, QueryValue } from './tree.ts'

/** What a field holds for one thing; undefined where it has none. */
export type FieldValue = string | number | undefined

export interface Evaluation {
  readonly valueOf: (field: QueryField) => FieldValue | readonly FieldValue[]
  /** `time`: epoch ms, so that `-7d` counts from now; `duration`: ms. Default: what the value itself is. */
  readonly typeOf?: (field: QueryField) => 'time' | 'duration' | undefined
  readonly nowMs: number
  /** Words that stand for something else: `me`. */
  readonly words?: Readonly<Record<string, string>>
}

/**
 * Tells whether a thing is what a query asks for. A comparison with a field that the thing lacks is false, `!=` included,
 * and so is every comparison with NaN but `!=`; `not` turns round what it stands before. A number compares with a text
 * that reads as a number. Where a field has several values, one that fits is enough.
 */
export function evaluateQuery(query: Query, at: Evaluation): boolean {
  switch (query.kind) {
    case 'everything':
      return true
    case 'and':
      return query.of.every((part) => evaluateQuery(part, at))
    case 'or':
      return query.of.some((part) => evaluateQuery(part, at))
    case 'not':
      return !evaluateQuery(query.of, at)
    case 'exists':
      return valuesOf(query.field, at).length > 0
    case 'text':
      return valuesOf({ name: 'name', at: query.at }, at).some((value) => contains(value, query.text))
    case 'in':
      return valuesOf(query.field, at).some((value) => {
        const isIn = query.values.some((member) => compare(value, '=', literal(query.field, member, at)))
        return isIn !== query.negated
      })
    default:
      return valuesOf(query.field, at).some((value) =>
        compare(value, query.operator, literal(query.field, query.value, at)),
      )
  }
}

function valuesOf(field: QueryField, at: Evaluation): (string | number)[] {
  return [at.valueOf(field)].flat().filter((value) => value !== undefined)
}

/** What a written value means beside a field. */
function literal(field: QueryField, value: QueryValue, at: Evaluation): string | number {
  switch (value.kind) {
    case 'now':
      return at.nowMs + value.offsetMs
    case 'number':
      return value.value
    case 'duration':
      return durationBeside(at.typeOf?.(field), value, at)
    case 'time':
      return at.typeOf?.(field) === 'time' ? value.atMs : value.text
    default:
      return wordBeside(at.typeOf?.(field), value, at)
  }
}

type FieldType = 'time' | 'duration' | undefined

function durationBeside(type: FieldType, { ms, text }: { ms: number; text: string }, at: Evaluation): string | number {
  if (type === 'time') return at.nowMs + ms
  return type === 'duration' ? ms : text
}

function wordBeside(
  type: FieldType,
  { text, quoted }: { text: string; quoted: boolean },
  { words = {} }: Evaluation,
): string | number {
  if (type === 'time') return timeOfText(text) ?? text
  return (!quoted && Object.hasOwn(words, text) ? words[text] : undefined) ?? text
}

const numberForm = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/

function compare(value: string | number, operator: QueryOperator, asked: string | number): boolean {
  if (operator === '~') return matches(value, asked)
  if (operator === '!~') return !matches(value, asked)
  if (operator === 'contains') return contains(value, String(asked))
  if (typeof asked === 'string') return typeof value === 'string' && holds(operator, order(value, asked))
  const number = typeof value === 'number' || numberForm.test(value) ? Number(value) : undefined
  return number !== undefined && holds(operator, difference(number, asked))
}

/** Below, at or above zero; NaN beside NaN. Infinities are equal to themselves. */
function difference(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : a > b ? 1 : Number.NaN
}

function matches(value: string | number, pattern: string | number): boolean {
  return new RegExp(String(pattern), 'u').test(String(value))
}

function holds(operator: QueryOperator, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    default:
      return order >= 0
  }
}

function contains(value: string | number, part: string): boolean {
  return String(value).toLowerCase().includes(part.toLowerCase())
}

/** By code points, as the stores order texts. */
function order(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)]
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const compared = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0)
    if (compared !== 0) return compared
  }
  return left.length - right.length
}
