import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problem } from '../../model/problems.ts'
import { parseRunFilter, parseRunOrders } from './run-filter.ts'

const shown = (text: string) => parseRunFilter(text).map((c) => [c.entity, c.key, c.comparator, c.value])
const time = 'start_time'

// What MLflow 3.17's own parser (SearchUtils.parse_search_filter) gives for the same texts.
describe("a filter of runs in MLflow's grammar", () => {
  it.each<[string, unknown[]]>([
    ['', []],
    ['metrics.a > 1 AND', [['metric', 'a', '>', 1]]],
    ['AND metrics.a > 1', [['metric', 'a', '>', 1]]],
    ['metrics.`a b` > 1', [['metric', 'a b', '>', 1]]],
    ['metrics."a b" > 1', [['metric', 'a b', '>', 1]]],
    ["params.a LIKE 'x%'", [['param', 'a', 'LIKE', 'x%']]],
    ["params.a like 'x%'", [['param', 'a', 'LIKE', 'x%']]],
    ["run_id IN ('a','b')", [['attribute', 'run_id', 'IN', ['a', 'b']]]],
    ["run_id NOT IN ('a')", [['attribute', 'run_id', 'NOT IN', ['a']]]],
    ["run_id IN ('a',)", [['attribute', 'run_id', 'IN', ['a']]]],
    ['tags.a IS NULL', [['tag', 'a', 'IS NULL', null]]],
    ['tags.a is not null', [['tag', 'a', 'IS NOT NULL', null]]],
    ['start_time > 5.5', [['attribute', time, '>', 5.5]]],
    ["dataset.name IN ('x','y')", [['dataset', 'name', 'IN', ['x', 'y']]]],
    ['metrics.a = 1e3', [['metric', 'a', '=', 1000]]],
    ['metrics.a = -1', [['metric', 'a', '=', -1]]],
    ['metrics.a = .5', [['metric', 'a', '=', 0.5]]],
    ["params.a = 'it''s'", [['param', 'a', '=', "it''s"]]],
    ['params.a = "x"', [['param', 'a', '=', 'x']]],
    ['metrics.a>1', [['metric', 'a', '>', 1]]],
    [
      'metrics.a > 1 metrics.b > 2',
      [
        ['metric', 'a', '>', 1],
        ['metric', 'b', '>', 2],
      ],
    ],
    ["`attributes`.`run_id` = 'a'", [['attribute', 'run_id', '=', 'a']]],
    ["run.run_id='x'", [['attribute', 'run_id', '=', 'x']]],
    ['Created > 5', [['attribute', time, '>', 5]]],
    ["`Run Name` = 'x'", [['attribute', 'run_name', '=', 'x']]],
    ["tags.mlflow.runName = 'x'", [['tag', 'mlflow.runName', '=', 'x']]],
    ["params.order = 'x'", [['param', 'order', '=', 'x']]],
    [
      'metrics.acc >= 0.9 AND tags."mlflow.source.name" = \'x\'',
      [
        ['metric', 'acc', '>=', 0.9],
        ['tag', 'mlflow.source.name', '=', 'x'],
      ],
    ],
    [
      "params.a = 'x' AND AND params.b = 'y'",
      [
        ['param', 'a', '=', 'x'],
        ['param', 'b', '=', 'y'],
      ],
    ],
    ["tags.a = ''", [['tag', 'a', '=', '']]],
  ])('reads %s', (text, clauses) => {
    expect(shown(text)).toEqual(clauses)
  })
  it.each([
    ['metrics.a > 1 OR 1 = 1', "Invalid clause(s) in filter string: 'OR'"],
    ['metrics.a', "Invalid clause(s) in filter string: 'metrics.a'"],
    ['metrics.a >', "Invalid clause(s) in filter string: 'metrics.a', '>'"],
    ["metrics.a > 'x'", "Expected numeric value type for metric. Found 'x'"],
    ['metrics.a = nan', 'Expected numeric value type for metric. Found nan'],
    ['params.a = 1', "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"],
    [
      'params.a = x',
      'Parameter value is either not quoted or unidentified quote types used for string value x. Use either single or double quotes.',
    ],
    ["tags.a > 'x'", "Invalid comparator '>' not one of '{"],
    ["foo = 'x'", "Invalid attribute key 'foo' specified. Valid keys are '{"],
    [
      "foo.bar = 'x'",
      "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
    ],
    ["run_name IN ('a')", "Only ['run_id'] attributes support comparison with a list of quoted string values."],
    ["params.a IN ('x')", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value ('x')"],
    ['metrics.a IN (1)', 'Expected numeric value type for metric. Found (1)'],
    ['metrics.a IS NULL', "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'"],
    ["start_time > '5'", "Expected numeric value type for numeric attribute: start_time. Found '5'"],
    ["attributes.status > 'x'", "Invalid comparator '>' not one of '{"],
    ["dataset.foo = 'x'", "Invalid dataset key 'foo' specified. Valid keys are '{"],
    ['metrics.a == 1', "Invalid comparator '==' not one of '{"],
    ['metrics.a <> 1', "Invalid comparator '<>' not one of '{"],
    ['metrics.a = +1', "Invalid clause(s) in filter string: 'metrics.a', '=', '+', '1'"],
    ['(metrics.a > 1)', "Invalid clause(s) in filter string: '(metrics.a > 1)'"],
    ['NOT metrics.a > 1', "Invalid clause(s) in filter string: 'NOT'"],
    [
      'metrics.a > 1; metrics.b > 1',
      "Search filter contained multiple expression 'metrics.a > 1; metrics.b > 1'. Provide AND-ed expression list.",
    ],
    ["params.a = 'x", "Invalid clause(s) in filter string: 'params.a', '=', ''', 'x'"],
    ['1 = 1', "Invalid comparison clause. Expected 'Identifier' found '1'"],
    ["'x' = params.a", "Invalid comparison clause. Expected 'Identifier' found ''x''"],
    [
      'run_id IN ()',
      'While parsing a list in the query, expected a non-empty list of string values, but got empty list',
    ],
    [
      'run_id IN (1)',
      'While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: (1,)',
    ],
    ["run_id IN 'a'", "Invalid clause(s) in filter string: 'run_id', 'IN', ''a''"],
    ["run name = 'x'", "Invalid clause(s) in filter string: 'run'"],
    ["params.a RLIKE 'x'", "Invalid comparator 'RLIKE' not one of '{"],
    ['metrics.a BETWEEN 1 AND 2', "Invalid clause(s) in filter string: 'metrics.a', 'BETWEEN', '1', '2'"],
    ['params.a = True', "Invalid clause(s) in filter string: 'params.a', '=', 'True'"],
    ["params.a IS 'x'", "Invalid clause(s) in filter string: 'params.a', 'IS', ''x''"],
    ["params.a NOT LIKE 'x'", "Invalid comparator 'NOT LIKE' not one of '{"],
  ])('refuses %s in its words', (text, sentence) => {
    expect(() => parseRunFilter(text)).toThrow(sentence)
  })
  it('takes keys that MLflow wants quoted', () => {
    expect(shown('metrics.val-loss > 1')).toEqual([['metric', 'val-loss', '>', 1]])
    expect(shown("params.a/b = 'x'")).toEqual([['param', 'a/b', '=', 'x']])
    expect(shown('metrics.m1.2 > 3')).toEqual([['metric', 'm1.2', '>', 3]])
  })
  it('never fails but with its own problem, whatever is typed', () => {
    const outcome = (text: string) => {
      try {
        parseRunFilter(text)
        parseRunOrders([text])
        return 'read'
      } catch (error) {
        return problem['bad-filter'].is(error) ? 'refused' : error
      }
    }
    const property = fc.property(fc.string(), (text) => ['read', 'refused'].includes(String(outcome(text))))
    expect(fc.check(property)).toMatchObject({ failed: false })
  })
})

describe('orders of runs', () => {
  it.each([
    ['metrics.a', 'metric', 'a', false],
    ['metrics.`a b` DESC', 'metric', 'a b', true],
    ['`metrics`.a', 'metric', 'a', false],
    ['Created', 'attribute', time, false],
    ['metrics."a b" asc', 'metric', 'a b', false],
  ])('read %s', (text, entity, key, descending) => {
    expect(parseRunOrders([text])).toEqual([{ entity, key, descending }])
  })
  it.each([
    [['metrics.a foo'], "Invalid ordering key in order_by clause 'metrics.a foo'."],
    [['params.x ASC, params.y'], "Invalid order_by clause 'params.x ASC, params.y'. Could not be parsed."],
    [['metrics.a ASC ASC'], "Invalid order_by clause 'metrics.a ASC ASC'. Could not be parsed."],
    [[' '], "Invalid order_by clause ' '. Could not be parsed."],
    [['foo'], "Invalid attribute key 'foo' specified. Valid keys are '{"],
    [['dataset.name'], "Invalid identifier type 'dataset'"],
    [['metrics.a', 'metrics.a DESC'], "`order_by` contains duplicate fields: ['metrics.a', 'metrics.a DESC']"],
  ])('refuse %s', (texts, sentence) => {
    expect(() => parseRunOrders(texts)).toThrow(sentence)
  })
})
