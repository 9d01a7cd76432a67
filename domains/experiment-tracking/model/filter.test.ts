import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilter, parseOrder } from './filter.ts'
import { problem } from './problems.ts'

const attributes = new Set(['run_id', 'run_name', 'status', 'start_time'])
const parse = (text: string) => parseFilter(text, attributes)

describe('a filter', () => {
  it.each([
    ['metrics.loss < 0.2', { entity: 'metric', key: 'loss', comparator: '<', value: 0.2 }],
    ['metric.`val loss` >= -1e-3', { entity: 'metric', key: 'val loss', comparator: '>=', value: -0.001 }],
    ['metrics."a.b" != 3', { entity: 'metric', key: 'a.b', comparator: '!=', value: 3 }],
    ['metrics.val/loss = 1', { entity: 'metric', key: 'val/loss', comparator: '=', value: 1 }],
    ["params.model = 'tree'", { entity: 'param', key: 'model', comparator: '=', value: 'tree' }],
    ['params.lr LIKE "0.%"', { entity: 'param', key: 'lr', comparator: 'LIKE', value: '0.%' }],
    ["tags.team ilike 'A%'", { entity: 'tag', key: 'team', comparator: 'ILIKE', value: 'A%' }],
    ["tags.mlflow.parentRunId = 'x'", { entity: 'tag', key: 'mlflow.parentRunId', comparator: '=', value: 'x' }],
    ['tags.x IS NOT NULL', { entity: 'tag', key: 'x', comparator: 'IS NOT NULL', value: null }],
    ["attributes.status = 'FINISHED'", { entity: 'attribute', key: 'status', comparator: '=', value: 'FINISHED' }],
    ["run_id IN ('a', 'b')", { entity: 'attribute', key: 'run_id', comparator: 'IN', value: ['a', 'b'] }],
    ["run_id not in ('a')", { entity: 'attribute', key: 'run_id', comparator: 'NOT IN', value: ['a'] }],
    ["`Run Name` = 'it''s'", { entity: 'attribute', key: 'run_name', comparator: '=', value: "it's" }],
    ['created > 5', { entity: 'attribute', key: 'start_time', comparator: '>', value: 5 }],
    ["dataset.name = 'flights'", { entity: 'dataset', key: 'name', comparator: '=', value: 'flights' }],
  ])('reads %s', (text, clause) => {
    expect(parse(text)).toEqual([clause])
  })
  it('joins clauses by AND alone', () => {
    expect(parse("metrics.a > 1 and params.b = 'x' AND tags.c != 'y'")).toHaveLength(3)
    expect(() => parse('metrics.a > 1 OR metrics.a < 0')).toThrow("Invalid clause(s) in filter string: 'OR'")
    expect(parse('  ')).toEqual([])
  })
  it.each([
    ["metrics.a = 'x'", 'Expected numeric value type for metric'],
    ['params.a = 3', 'Expected a quoted string value for param'],
    ["tags.a > 'x'", "Invalid comparator '>'"],
    ['foo = 1', "Invalid attribute key 'foo'"],
    ["things.a = 'x'", "Invalid entity type 'things'"],
    ['metrics.a >', 'ends where a value should follow'],
    ['metrics.a ; drop', "Invalid clause(s) in filter string: ';'"],
    ['run_id in (1)', 'expected string value'],
  ])('refuses %s with a sentence', (text, sentence) => {
    expect(() => parse(text)).toThrow(sentence)
  })
  it('never fails but with its own problem, whatever is typed', () => {
    const outcome = (text: string) => {
      try {
        parse(text)
        return 'read'
      } catch (error) {
        return problem['bad-filter'].is(error) ? 'refused' : error
      }
    }
    const property = fc.property(fc.string(), (text) => ['read', 'refused'].includes(String(outcome(text))))
    expect(fc.check(property)).toMatchObject({ failed: false })
  })
})

describe('an order', () => {
  it('names a field and a direction', () => {
    expect(parseOrder('metrics.`val loss` desc', attributes)).toEqual({
      entity: 'metric',
      key: 'val loss',
      descending: true,
    })
    expect(parseOrder('start_time', attributes)).toEqual({ entity: 'attribute', key: 'start_time', descending: false })
    expect(() => parseOrder('metrics.a b', attributes)).toThrow('Invalid order_by clause')
  })
})
