import type { Query, QueryField, QueryValue } from './tree.ts'

/** Writes a tree as a query that reads as the same tree. */
export function printQuery(query: Query): string {
  return print(query, 0)
}

// How tightly each kind binds: `or` 1, `and` 2, all else 3.
function print(query: Query, outer: number): string {
  switch (query.kind) {
    case 'everything':
      return ''
    case 'text':
      return printText(query.text)
    case 'exists':
      return `exists ${printField(query.field)}`
    case 'compare':
      return `${printField(query.field)} ${query.operator} ${printValue(query.value)}`
    case 'in': {
      const operator = query.negated ? 'not in' : 'in'
      return `${printField(query.field)} ${operator} (${query.values.map(printValue).join(', ')})`
    }
    case 'not':
      return `not ${print(query.of, 3)}`
    default:
      return printJoined(query.kind, query.of, outer)
  }
}

function printJoined(kind: 'and' | 'or', parts: readonly Query[], outer: number): string {
  const own = kind === 'or' ? 1 : 2
  const text = parts.map((part) => print(part, own + 1)).join(` ${kind} `)
  return own < outer ? `(${text})` : text
}

function printField({ name, key, function: called, argument }: QueryField): string {
  const field = key === undefined ? printName(name) : `${printName(name)}.${printName(key, true)}`
  if (called === undefined) return field
  return `${called}(${field}${argument === undefined ? '' : `, ${argument}`})`
}

const keyword = /^(and|or|not|in|exists|contains)$/i

function printName(name: string, mayHoldDots = false): string {
  const isPlain = /^[^\s=!<>~(),'"`]+$/.test(name) && !keyword.test(name) && (mayHoldDots || !name.includes('.'))
  return isPlain ? name : `\`${name}\``
}

function printValue(value: QueryValue): string {
  if (value.kind === 'now') {
    if (value.offsetMs === 0) return 'now()'
    return `now() ${value.offsetMs < 0 ? '-' : '+'} ${Math.abs(value.offsetMs)}ms`
  }
  return value.kind === 'text' && value.quoted ? printText(value.text) : value.text
}

function printText(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}
