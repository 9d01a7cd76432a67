import type { QueryField } from '@millrace/contract/query'
import { evaluateQuery, parseQuery } from '@millrace/contract/query'
import { onEachStore, readContextOf } from '@millrace/kernel/testing'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRun, deleteRun, logRun, updateRun } from '../../domain.ts'
import type { Order } from '../../model/filter.ts'
import { settle } from '../../store/settle.ts'
import { trackingKernel } from '../../testing/a-run.ts'
import { compareTexts } from '../model/in-order.ts'
import { cursorOf, tokenOf } from '../model/page-token.ts'
import { conditionOfQuery } from '../model/run-fields.ts'
import type { RunSearch } from '../model/run-search.ts'
import { findRuns } from './find-runs.ts'

/** A run as the test made it, for the naive evaluation beside the stores'. */
interface Known {
  readonly id: string
  readonly experiment: 'e' | 'f'
  readonly name: string
  readonly startedAtMs: number
  readonly endedAtMs: number | undefined
  readonly status: string
  readonly deleted: boolean
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, readonly number[]>>
}

const nowMs = 10_000_000
const texts = fc.constantFrom('a', 'b', 'ab', 'A', '', 'é', '\u{1f600}', '0.5', '1', '1e-1', "it's", 'x%_*[')
const numbers = fc.constantFrom(0, 1, 2, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const present = <T>(record: Readonly<Record<string, T | undefined>>) =>
  Object.fromEntries(Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined))

const aKnown: fc.Arbitrary<Omit<Known, 'id'>> = fc.record({
  experiment: fc.constantFrom('e' as const, 'f' as const),
  name: fc.constantFrom('one', 'two', 'Two words'),
  startedAtMs: fc.integer({ min: 1, max: 5 }).map((n) => n * 1000),
  endedAtMs: some(fc.integer({ min: 6, max: 8 }).map((n) => n * 1000)),
  status: fc.constantFrom('running', 'finished', 'failed'),
  deleted: fc.constantFrom(false, false, false, true),
  params: fc.record({ model: some(texts), lr: some(texts) }).map(present),
  tags: fc.record({ team: some(texts) }).map(present),
  metrics: fc
    .record({
      loss: some(fc.array(numbers, { minLength: 1, maxLength: 3 })),
      acc: some(fc.array(numbers, { minLength: 1, maxLength: 1 })),
    })
    .map(present),
})

const sign = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const word = texts.map((text) => `'${text.replaceAll("'", "''")}'`)
const count = fc.constantFrom('0', '1', '0.5', '-1', '2')
const field = fc.constantFrom('params.model', 'params.lr', 'tags.team', 'params.none')
const metric = fc.constantFrom(
  'metrics.loss',
  'metrics.acc',
  'min(metrics.loss)',
  'max(metrics.loss)',
  'first(metrics.loss)',
  'best(metrics.loss)',
  'count(metrics.loss)',
)
const leaf = fc.oneof(
  fc.tuple(metric, sign, count).map((parts) => parts.join(' ')),
  fc.tuple(field, sign, fc.oneof(word, count)).map((parts) => parts.join(' ')),
  fc.tuple(field, fc.constantFrom('in', 'not in'), word, word).map(([f, op, a, b]) => `${f} ${op} (${a}, ${b})`),
  fc.tuple(metric, fc.constantFrom('in', 'not in'), count, count).map(([f, op, a, b]) => `${f} ${op} (${a}, ${b})`),
  fc.tuple(field, fc.constantFrom('~', '!~'), fc.constantFrom("'^a'", "'[ab]$'", "'b|1'")).map((p) => p.join(' ')),
  fc.tuple(field, word).map(([f, text]) => `${f} contains ${text}`),
  fc.oneof(field, metric).map((f) => `exists ${f}`),
  fc.constantFrom('status = failed', 'status != running', 'ended exists', 'user = me', "name contains 'WORDS'", 'two'),
  fc
    .tuple(fc.constantFrom('started', 'ended'), sign, fc.constantFrom('3000', '7000', '2500.5'))
    .map((p) => p.join(' ')),
  fc.tuple(fc.constant('took'), fc.constantFrom('>', '<='), fc.constantFrom('3s', '4000')).map((p) => p.join(' ')),
  fc.constantFrom('experiment = e', 'started > now() - 9997s', 'started < -9996s', "name > 'one'", 'name = one'),
)
const { query } = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.tuple(tie('query'), fc.constantFrom('and', 'and', 'or'), tie('query')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('query').map((inner) => `not (${inner})`),
  ),
}))
const ordered = fc.constantFrom<Omit<Order, 'descending'>>(
  { entity: 'metric', key: 'loss' },
  { entity: 'metric', key: 'acc' },
  { entity: 'param', key: 'model' },
  { entity: 'param', key: 'lr' },
  { entity: 'tag', key: 'team' },
  { entity: 'attribute', key: 'start_time' },
  { entity: 'attribute', key: 'end_time' },
  { entity: 'attribute', key: 'run_name' },
  { entity: 'attribute', key: 'status' },
)
const order: fc.Arbitrary<Order> = fc.tuple(ordered, fc.boolean()).map(([of, descending]) => ({ ...of, descending }))
const orders = fc.uniqueArray(order, { maxLength: 2, selector: ({ entity, key }) => `${entity}.${key}` })

onEachStore((openStore) => {
  describe('a search of runs', () => {
    it('finds what a naive evaluation finds, in the same order, page by page, gathered or walked', async () => {
      const runs = fc.sample(aKnown, { numRuns: 40, seed: 7 })
      const { known, context } = await filled(openStore, runs)
      const asked = fc.record({
        query,
        orders,
        view: fc.constantFrom('active' as const, 'active' as const, 'deleted' as const, 'all' as const),
        experiments: fc.constantFrom<readonly number[] | undefined>([1], [1], [1, 2], [2], undefined, []),
        limit: fc.integer({ min: 1, max: 15 }),
        gathered: fc.constantFrom(0, 0, 3000),
      })
      const property = fc.asyncProperty(asked, async ({ query: text, gathered, ...rest }) => {
        const condition = conditionOfQuery(text, { nowMs, me: 'ann' })
        const search: RunSearch = { workspace: 'default', condition, cursor: undefined, ...rest }
        expect(await walkPages(context, search, gathered)).toEqual(naive(known, text, search))
      })
      await fc.assert(property, { numRuns: 300 })
    }, 120_000)
  })
})

async function filled(openStore: OpenStore, wished: readonly Omit<Known, 'id'>[]) {
  const t = await trackingKernel(openStore)
  const known: Known[] = []
  for (const wish of wished) known.push({ ...wish, id: await make(t, wish) })
  await settle(t.runtime, { workspace: 'default' }, 'all')
  return { known, context: readContextOf(t.runtime.database) }
}

async function make(t: TestKernel, wish: Omit<Known, 'id'>): Promise<string> {
  const { experiment, name, startedAtMs, params, tags, status, endedAtMs, metrics, deleted } = wish
  const { id } = await t.act(createRun, { experiment, name, startedAtMs, params, tags })
  await t.act(updateRun, { id, status: 'running', endedAtMs: endedAtMs ?? null })
  if (status !== 'running') await t.act(updateRun, { id, status: status as 'failed', endedAtMs: endedAtMs ?? null })
  const points = Object.entries(metrics).flatMap(([key, values]) =>
    values.map((value, step) => ({
      key,
      step,
      timestampMs: 1,
      value: Number.isFinite(value) ? value : (String(value) as 'NaN'),
    })),
  )
  if (points.length > 0) await t.ingest(logRun, { id, metrics: points })
  if (deleted) await t.act(deleteRun, { id })
  return id
}

async function walkPages(
  context: Parameters<typeof findRuns>[0],
  search: RunSearch,
  gathered: number,
): Promise<string[]> {
  const ids: string[] = []
  let { cursor } = search
  for (;;) {
    const found = await findRuns(context, { ...search, cursor }, nowMs, gathered)
    const page = found.slice(0, search.limit)
    ids.push(...page.map(({ id }) => id))
    const last = page.at(-1)
    if (found.length <= search.limit || last === undefined) return ids
    cursor = cursorOf(tokenOf(last.cursor, search.orders), search.orders)
    if (cursor === undefined || ids.length > 1000) throw new Error('The walk does not end.')
  }
}

function naive(known: readonly Known[], text: string, search: RunSearch): string[] {
  const tree = parseQuery(text)
  return (
    known
      .filter(({ deleted }) => search.view === 'all' || deleted === (search.view === 'deleted'))
      // The first experiment made has the number 1.
      .filter(({ experiment }) => search.experiments?.includes(experiment === known[0]?.experiment ? 1 : 2) ?? true)
      .filter((run) =>
        evaluateQuery(tree, {
          valueOf: (asked) => valueOf(run, asked),
          typeOf: ({ name }) =>
            name === 'took' ? 'duration' : ['started', 'ended'].includes(name) ? 'time' : undefined,
          nowMs,
          words: { me: 'ann' },
        }),
      )
      .toSorted((a, b) => compareRuns(a, b, search.orders))
      .map(({ id }) => id)
  )
}

function valueOf(run: Known, { name, key = '', function: called }: QueryField): string | number | undefined {
  if (name === 'params') return run.params[key]
  if (name === 'tags') return run.tags[key]
  if (name === 'metrics') return figureOf(run.metrics[key], called)
  const own: Readonly<Record<string, string | number | undefined>> = {
    name: run.name,
    status: run.status,
    user: 'ann',
    started: run.startedAtMs,
    ended: run.endedAtMs,
    took: (run.endedAtMs ?? nowMs) - run.startedAtMs,
    experiment: run.experiment,
  }
  return own[name]
}

function figureOf(values: readonly number[] | undefined, called: string | undefined): number | undefined {
  if (values === undefined) return undefined
  const known = values.filter((value) => !Number.isNaN(value))
  const figures: Readonly<Record<string, number | undefined>> = {
    count: values.length,
    first: Number.isNaN(values[0]) ? undefined : values[0],
    min: known.length === 0 ? undefined : Math.min(...known),
    best: known.length === 0 ? undefined : Math.min(...known),
    max: known.length === 0 ? undefined : Math.max(...known),
    last: values.at(-1),
  }
  return figures[called ?? 'last']
}

function compareRuns(a: Known, b: Known, by: readonly Order[]): number {
  for (const { entity, key, descending } of by) {
    const [left, right] = [sortValue(a, entity, key), sortValue(b, entity, key)]
    const rank = rankOf(left) - rankOf(right)
    if (rank !== 0) return rank
    const compared = rankOf(left) === 0 ? compare(left, right) : 0
    if (compared !== 0) return descending ? -compared : compared
  }
  const started = b.startedAtMs - a.startedAtMs
  return started === 0 ? compareTexts(a.id, b.id) : started
}

function sortValue(run: Known, entity: Order['entity'], key: string): string | number | undefined {
  if (entity === 'metric') return run.metrics[key]?.at(-1)
  if (entity === 'param') return run.params[key]
  if (entity === 'tag') return run.tags[key]
  const own = { start_time: run.startedAtMs, end_time: run.endedAtMs, run_name: run.name, status: run.status }
  return own[key as keyof typeof own]
}

function rankOf(value: string | number | undefined): number {
  return value === undefined ? 2 : Number.isNaN(value) ? 1 : 0
}

function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  return Number(a) === Number(b) ? 0 : Number(a) < Number(b) ? -1 : 1
}
