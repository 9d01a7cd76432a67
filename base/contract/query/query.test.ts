import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Query } from './query.ts'
import { evaluateQuery, parseQuery, printQuery, QueryError } from './query.ts'

/** The tree without places. */
function shape(query: unknown): unknown {
  if (Array.isArray(query)) return query.map(shape)
  if (typeof query !== 'object' || query === null) return query
  return Object.fromEntries(
    Object.entries(query)
      .filter(([name]) => name !== 'at')
      .map(([name, value]) => [name, shape(value)]),
  )
}

const run: Readonly<Record<string, string | number>> = {
  name: 'ResNet sweep',
  status: 'finished',
  user: 'ann',
  started: 1_000_000,
  took: 7_200_000,
  'metrics.val/auc': 0.9,
  'metrics.nan': Number.NaN,
  'params.model': 'mlp',
  'params.lr': '0.01',
  'params.a b': 'x',
}
const nowMs = 1_000_000 + 3 * 86_400_000
const holds = (text: string) =>
  evaluateQuery(parseQuery(text), {
    valueOf: ({ name, key }) => run[key === undefined ? name : `${name}.${key}`],
    typeOf: ({ name }) => (name === 'started' ? 'time' : name === 'took' ? 'duration' : undefined),
    nowMs,
    words: { me: 'ann' },
  })

describe('a query', () => {
  it.each([
    'metrics.val/auc > 0.8 and (params.model in (lightgbm, mlp) or tags.sweep = lr) and status != failed',
    '',
    'resnet SWEEP',
    'name ~ "^Res"',
    'name contains sweep',
    'not exists metrics.loss',
    'exists(metrics.val/auc) AND user = me',
    'metrics.`val/auc` >= .9',
    'params.lr < 0.1',
    'params.lr = 1e-2',
    'params.`a b` = x',
    'not params.other = x',
    'metrics.nan != 1 and not metrics.nan = 1',
    'started > now() - 7d',
    'started > now() -7d',
    'started > -4d',
    'started < now()',
    'took = 2h',
    'started = 1970-01-01T00:16:40',
    'params.model not in (tree)',
    'params.model exists',
    'not (status = failed or status = killed)',
    'params.lr = 0.01 or nonsense = 1',
  ])('holds: %s', (text) => {
    expect(holds(text)).toBe(true)
  })
  it.each([
    'metrics.loss != 1',
    'metrics.nan < 1',
    'params.other != x',
    'params.other not in (x)',
    'name ~ "^sweep"',
    'started > -2d',
    'resnet and sweeper',
    'params.model > 1',
  ])('does not hold: %s', (text) => {
    expect(holds(text)).toBe(false)
  })
  it('says where it cannot be read', () => {
    const placeOf = (text: string) => {
      try {
        parseQuery(text)
        return 'read'
      } catch (error) {
        if (!(error instanceof QueryError)) throw error
        return [text.slice(error.at.start, error.at.end), error.message]
      }
    }
    expect(placeOf('metrics.loss < and b = 1')).toEqual(['b', 'Expected "and", "or" or the end where "b" stands.'])
    expect(placeOf('metrics.loss <')).toEqual(['', 'Expected a value where the query ends.'])
    expect(placeOf('(a = 1')).toEqual(['', 'Expected ")" where the query ends.'])
    expect(placeOf('a = 1 )')[0]).toBe(')')
    expect(placeOf('a in 1')).toEqual(['1', 'Expected "(" where "1" stands.'])
    expect(placeOf("a = 'x")).toEqual(["'", 'A quote is not closed.'])
    expect(placeOf('a = 2026-13-45')[0]).toBe('2026-13-45')
    expect(placeOf('now() > 3')[0]).toBe(')')
    expect(placeOf('('.repeat(200))[1]).toBe('There are too many brackets in one another.')
  })
  it('knows functions of a field', () => {
    expect(shape(parseQuery('at(metrics.a.b, 1000) < 0.2'))).toEqual({
      kind: 'compare',
      field: { name: 'metrics', key: 'a.b', function: 'at', argument: 1000 },
      operator: '<',
      value: { kind: 'number', value: 0.2, text: '0.2' },
    })
  })
  it('reads what it printed as the same tree', () => {
    const at = { start: 0, end: 0 }
    const name = fc.stringMatching(/^[a-z][a-z0-9/ -]{0,6}[a-z]$/)
    const field = fc.record({ name: fc.constantFrom('metrics', 'params', 'in'), key: name, at: fc.constant(at) })
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => ({ kind: 'text' as const, text, quoted: true, at })),
      fc.integer().map((n) => ({ kind: 'number' as const, value: n, text: String(n), at })),
      fc.integer().map((offsetMs) => ({ kind: 'now' as const, offsetMs, at })),
    )
    const tree = fc.letrec<{ query: Query }>((tie) => ({
      query: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.record({
          kind: fc.constant('compare' as const),
          field,
          operator: fc.constantFrom('=' as const, '!=' as const, '<=' as const, '~' as const, 'contains' as const),
          value,
          at: fc.constant(at),
        }),
        fc.record({
          kind: fc.constant('in' as const),
          field,
          negated: fc.boolean(),
          values: fc.array(value, { minLength: 1, maxLength: 3 }),
          at: fc.constant(at),
        }),
        fc.record({ kind: fc.constant('exists' as const), field, at: fc.constant(at) }),
        fc.record({ kind: fc.constant('not' as const), of: tie('query'), at: fc.constant(at) }),
        fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(tie('query'), { minLength: 2, maxLength: 3 }),
          at: fc.constant(at),
        }),
      ),
    })).query
    fc.assert(
      fc.property(tree, (query) => {
        // A text that starts an `exists` or names a keyword is quoted, so nothing is lost.
        expect(shape(parseQuery(printQuery(query)))).toEqual(shape(query))
      }),
    )
  })
  it('never fails but with a QueryError', () => {
    const outcome = (text: string) => {
      try {
        parseQuery(text)
        return true
      } catch (error) {
        return error instanceof QueryError
      }
    }
    expect(fc.check(fc.property(fc.string(), outcome))).toMatchObject({ failed: false })
  })
})
