import type { Clause, Order, RegistrySearch } from '@millrace/model-registry/contract'
import type { Message } from '../wire/message.ts'
import { optionalInteger, optionalText, texts, wrong } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'
import type { Grammar } from './registry-filter.ts'
import { readFilter } from './registry-filter.ts'

const promptTag = 'mlflow.prompt.is_prompt'

/** How one of the two searches differs from the other. */
export interface SearchForm {
  readonly grammar: Grammar
  readonly defaultResults: number
  readonly maximumResults: number
  readonly orders: Readonly<Record<string, Order['field']>>
  /** How errors print the names of `orders`. */
  readonly orderKeys: string
}

/** A search as the domain takes it. Prompts are left out unless the filter asks for them. */
export function searchOf(message: Message, form: SearchForm): RegistrySearch {
  const filter = optionalText(message, 'filter') ?? ''
  return {
    ...withoutPrompts(readFilter(filter, form.grammar)),
    orderBy: ordersOf(texts(message, 'order_by'), form),
    limit: limitOf(message, form),
    ...pageToken(optionalText(message, 'page_token')),
  }
}

function withoutPrompts(clauses: readonly Clause[]): Pick<RegistrySearch, 'where' | 'kind'> {
  const asked = clauses.find(({ field, key }) => field === 'tag' && key === promptTag)
  const value = String(asked?.value).toLowerCase()
  const wanted = (asked?.comparator === '=' && value === 'true') || (asked?.comparator === '!=' && value === 'false')
  if (wanted) return { where: [...clauses] }
  return { where: clauses.filter(({ key }) => key !== promptTag), kind: 'model' }
}

function limitOf(message: Message, { defaultResults, maximumResults }: SearchForm): number {
  const asked = optionalInteger(message, 'max_results') ?? defaultResults
  if (asked > maximumResults) throw wrong('max_results', asked)
  if (asked < 1) throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${asked}`)
  return asked
}

function ordersOf(clauses: readonly string[], form: SearchForm): Order[] {
  const orders = clauses.map((clause) => orderOf(clause, form))
  if (new Set(orders.map(({ field }) => field)).size < orders.length)
    throw invalid(`\`order_by\` contains duplicate fields: [${clauses.map((clause) => `'${clause}'`).join(', ')}]`)
  return orders
}

function orderOf(clause: string, { orders, orderKeys }: SearchForm): Order {
  const [name = '', direction = 'asc', ...more] = clause.trim().split(/\s+/)
  if (name === '' || more.length > 0) throw invalid(`Invalid order_by clause '${clause}'. Could not be parsed.`)
  if (!/^(asc|desc)$/i.test(direction)) throw invalid(`Invalid ordering key in order_by clause '${clause}'.`)
  const key = name.replace(/^attribute\./, '').replace(/^([`"])(.*)\1$/, '$2')
  const field = orders[key]
  if (field === undefined) throw invalid(`Invalid order by key '${key}' specified. Valid keys are '${orderKeys}'`)
  return { field, descending: /^desc$/i.test(direction) }
}
