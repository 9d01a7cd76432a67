import { describe, expect, it } from 'vitest'
import { parseTraceFilter, parseTraceOrder } from './trace-filter.ts'

describe('a filter of traces', () => {
  it.each([
    ["trace.status = 'OK'", [{ entity: 'attribute', key: 'status', comparator: '=', value: 'OK' }]],
    ["attributes.name ILIKE '%a%'", [{ entity: 'tag', key: 'mlflow.traceName', comparator: 'ILIKE', value: '%a%' }]],
    [
      'timestamp > 5 and execution_time <= 1.5',
      [
        { entity: 'attribute', key: 'timestamp_ms', comparator: '>', value: 5 },
        { entity: 'attribute', key: 'execution_time_ms', comparator: '<=', value: 1.5 },
      ],
    ],
    ["tag.`a b` != 'x'", [{ entity: 'tag', key: 'a b', comparator: '!=', value: 'x' }]],
    ['tags.x.y IS NOT NULL', [{ entity: 'tag', key: 'x.y', comparator: 'IS NOT NULL', value: null }]],
    [
      'metadata.`mlflow.trace.session` = "s"',
      [{ entity: 'metadata', key: 'mlflow.trace.session', comparator: '=', value: 's' }],
    ],
    ["run_id = 'r'", [{ entity: 'run', key: 'run_id', comparator: '=', value: 'r' }]],
    [
      "span.attributes.`llm.name` RLIKE '^g'",
      [{ entity: 'span', key: 'attributes.llm.name', comparator: 'RLIKE', value: '^g' }],
    ],
    ["trace.text LIKE '%it''s%'", [{ entity: 'span', key: 'content', comparator: 'LIKE', value: "%it's%" }]],
    [
      "request_id NOT IN ('a', 'b')",
      [{ entity: 'attribute', key: 'request_id', comparator: 'NOT IN', value: ['a', 'b'] }],
    ],
    ['feedback.score >= 0.5', [{ entity: 'feedback', key: 'score', comparator: '>=', value: 0.5 }]],
    ['', []],
  ])('reads %s', (text, clauses) => {
    expect(parseTraceFilter(text)).toEqual(clauses)
  })
  it.each([
    ["status = 'a' OR status = 'b'", "Invalid clause(s) in filter string: 'OR'"],
    ["foo = 'a'", "Invalid attribute key 'foo' specified."],
    ["params.x = 'a'", "Invalid entity type 'params'."],
    ["span.duration = 'a'", "Invalid span attribute 'duration'."],
    ["timestamp_ms = 'a'", 'Expected numeric value type for attribute'],
    ['tag.x = 5', 'Expected a quoted string value for tag'],
    ["tag.x > '5'", "Invalid comparator '>' not one of"],
    ["trace.text = 'x'", "span.content comparator '=' not one of"],
    ["feedback.x > 'a'", 'Expected a numeric value for feedback'],
    ['feedback.x = 5', 'Expected a quoted string value for feedback'],
    ["prompt LIKE 'a'", "Invalid comparator 'LIKE' for prompts filter."],
    ["prompt = 'a'", "Invalid prompts filter value 'a'."],
    ["name RLIKE '(a+)+b'", 'repeats a repetition'],
    ["name RLIKE '('", 'is no regular expression'],
    ['status =', 'it ends where a value should follow'],
    ["status IN ('a'", 'it ends where'],
    ["span.attributes.`a\"b` = 'x'", 'cannot hold quotes'],
  ])('refuses %s', (text, sentence) => {
    expect(() => parseTraceFilter(text)).toThrow(sentence)
  })
})

describe('an order of traces', () => {
  it('reads attributes, tags and metadata, up and down', () => {
    expect(parseTraceOrder('timestamp DESC')).toEqual({ entity: 'attribute', key: 'timestamp_ms', descending: true })
    expect(parseTraceOrder('tags.team')).toEqual({ entity: 'tag', key: 'team', descending: false })
    expect(parseTraceOrder('run_id asc')).toEqual({ entity: 'metadata', key: 'mlflow.sourceRun', descending: false })
  })
  it('refuses what cannot be ordered by', () => {
    expect(() => parseTraceOrder('span.name')).toThrow("Invalid identifier type 'span'")
    expect(() => parseTraceOrder('status sideways')).toThrow('Invalid order_by clause')
  })
})
