import { describe, expect, expectTypeOf, it } from 'vitest'
import type { FileValue, Handle } from './define.ts'
import { file, flag, id, integer, isPipeline, json, number, pipeline, step, text } from './define.ts'

const features = step({
  name: 'features',
  inputs: { month: text(), days: integer({ default: 28 }) },
  outputs: { table: file(), rows: integer() },
  run: async ({ inputs }) => {
    expectTypeOf(inputs).toEqualTypeOf<{ readonly month: string; readonly days: number }>()
    return { table: 'features.parquet', rows: inputs.days }
  },
})
const train = step({
  name: 'train',
  inputs: { table: file(), penalty: number({ default: 1 }) },
  outputs: { model: file(), loss: number(), versionId: id('model-version') },
  resources: { cpu: 2, memoryMb: 1024 },
  retries: 3,
  timeoutMs: 60_000,
  cache: { maxAgeMs: 1000 },
  run: ({ inputs }) => ({ model: inputs.table, loss: inputs.penalty, versionId: 'ver_1' }),
})

describe('drawing a pipeline', () => {
  it('makes a graph of the calls of its steps', () => {
    const drawn = pipeline('train', { parameters: { month: text({ default: '2001-02' }) } }, ({ month }) => {
      const { table } = features({ month })
      const { loss } = train({ table })
      return { loss }
    })
    expect(isPipeline(drawn)).toBe(true)
    expect(drawn.graph.outputs).toEqual({ loss: { from: 'step', step: 'train', output: 'loss' } })
    expect(drawn.graph.steps).toMatchObject([
      {
        name: 'features',
        after: [],
        inputs: {
          month: { source: { from: 'parameter', name: 'month' } },
          days: { source: { from: 'constant', value: 28 } },
        },
        retries: { limit: 0 },
        cache: { on: false },
      },
      {
        name: 'train',
        uses: 'train',
        after: ['features'],
        inputs: { table: { source: { from: 'step', step: 'features', output: 'table' } } },
        outputs: { model: { type: 'file' }, loss: { type: 'number' }, versionId: { type: 'id', of: 'model-version' } },
        resources: { cpu: 2, memoryMb: 1024 },
        retries: { limit: 3, backOffMs: 1000, factor: 2, maximumMs: 60_000 },
        timeoutMs: 60_000,
        cache: { on: true, maxAgeMs: 1000, key: '' },
      },
    ])
    expect(Object.keys(drawn.run)).toEqual(['features', 'train'])
  })

  it('types handles by what steps give', () => {
    pipeline('typed', { parameters: { deep: flag(), kind: text({ choices: ['a', 'b'] }) } }, ({ deep, kind }) => {
      expectTypeOf(deep).toEqualTypeOf<Handle<boolean>>()
      expectTypeOf(kind).toEqualTypeOf<Handle<'a' | 'b'>>()
      const made = features({ month: kind })
      expectTypeOf(made.table).toEqualTypeOf<Handle<FileValue>>()
      expectTypeOf(made.rows).not.toExtend<Parameters<typeof train>[0]['table']>()
      train({ table: made.table, penalty: made.rows })
    })
    expectTypeOf(json<{ folds: number[] }>()).toHaveProperty('type')
  })

  it('orders steps that give each other nothing', () => {
    const clean = step({ name: 'clean', run: () => ({}) })
    const report = step({ name: 'report', run: () => ({}) })
    const drawn = pipeline('ordered', {}, () => {
      const cleaned = clean({})
      report({}, { after: [cleaned] })
    })
    expect(drawn.graph.steps[1]?.after).toEqual(['clean'])
  })

  it('places a step twice under two names, and not under one', () => {
    const twice = (name?: string) =>
      pipeline('twice', {}, () => {
        features({ month: '2001-01' })
        features({ month: '2001-02' }, name === undefined ? {} : { name })
      })
    expect(twice('features-of-february').graph.steps.map(({ name, uses }) => `${name} ${uses}`)).toEqual([
      'features features',
      'features-of-february features',
    ])
    expect(() => twice()).toThrow("give this call another: (…, { name: 'features-2' })")
  })

  it('refuses a step that is called outside, and two steps of one name', () => {
    expect(() => features({ month: '2001-01' })).toThrow('is called outside of pipeline(…)')
    const other = step({ name: 'features', run: () => ({}) })
    const drawTwo = () =>
      pipeline('two', {}, () => {
        features({ month: '2001-01' })
        other({}, { name: 'another' })
      })
    expect(drawTwo).toThrow('each needs a name of its own')
  })
})
