import { createRun } from '@millrace/experiment-tracking'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import {
  addAssessment,
  changeAssessment,
  correlateFilters,
  deleteAssessment,
  deleteTraces,
  endTrace,
  linkTraces,
  measureTraces,
  readAssessment,
  readTraces,
  searchTraces,
  startTrace,
  tagTrace,
} from '../domain.ts'
import { aSpan, logged, traceId, tracesKernel } from '../testing/a-trace.ts'
import { listSpans, readTrace } from './read-traces.ts'

const startedAtMs = 1_767_225_600_000
const describedTrace = { id: traceId(1), experimentId: '0', startedAtMs, durationMs: 5, state: 'ok' as const }

onEachStore((openStore) => {
  const found = async (t: Awaited<ReturnType<typeof tracesKernel>>, filter: string, more: object = {}) => {
    const { items } = await t.ask(searchTraces, { filter, ...more })
    return items.map(({ id }) => Number.parseInt(id.slice(3), 16))
  }

  describe('spans', () => {
    it('make the trace they belong to', async () => {
      const t = await tracesKernel(openStore)
      await logged(
        t,
        aSpan({ id: 2, parent: 1, name: 'retrieve', attributes: { 'openinference.span.kind': 'RETRIEVER' } }),
        aSpan({
          resource: { 'service.name': 'bot', 'telemetry.sdk.name': 'x' },
          attributes: {
            'mlflow.spanInputs': { q: 'hi' },
            'mlflow.spanOutputs': 'yes',
            'session.id': 's',
            'user.id': 'u',
          },
        }),
      )
      const trace = await t.ask(readTrace, { id: traceId(1) })
      expect(trace).toMatchObject({
        experimentId: '0',
        name: 'answer',
        state: 'ok',
        startedAtMs,
        durationMs: 1000,
        requestPreview: '{"q":"hi"}',
        responsePreview: '"yes"',
        sessionId: 's',
        tags: { 'service.name': 'bot', 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
        metadata: { 'mlflow.trace.session': 's', 'mlflow.trace.user': 'u' },
      })
      expect(trace.tags).not.toHaveProperty('telemetry.sdk.name')
      expect(trace.spans.map(({ name, depth, type }) => [name, depth, type])).toEqual([
        ['answer', 0, 'UNKNOWN'],
        ['retrieve', 1, 'RETRIEVER'],
      ])
    })
    it('sent again change nothing, and corrected ones replace', async () => {
      const t = await tracesKernel(openStore)
      await logged(t, aSpan(), aSpan({ id: 2, parent: 1 }))
      const before = await t.ask(readTraces, { ids: [traceId(1)], spans: true })
      await logged(t, aSpan(), aSpan({ id: 2, parent: 1 }))
      expect(await t.ask(readTraces, { ids: [traceId(1)], spans: true })).toEqual(before)
      await logged(t, aSpan({ id: 2, parent: 1, name: 'renamed' }))
      const { items } = await t.ask(listSpans, { id: traceId(1) })
      expect(items.map(({ name }) => name)).toEqual(['answer', 'renamed'])
    })
    it('keep 64-bit integers, nanoseconds and texts as they were', async () => {
      const t = await tracesKernel(openStore)
      const attributes = {
        big: 9_223_372_036_854_775_807n,
        text: '12345678901234567890',
        nested: { list: [1, null, 1.5] },
      }
      await logged(t, aSpan({ attributes, startNs: '1767225600123456789' }))
      const { items } = await t.ask(readTraces, { ids: [traceId(1)], spans: true })
      expect(items[0]?.spans[0]).toMatchObject({ attributes, startNs: '1767225600123456789' })
    })
    it('of a parent and its children in different batches count tokens once', async () => {
      const t = await tracesKernel(openStore)
      const usage = { 'gen_ai.usage.input_tokens': 3, 'gen_ai.usage.output_tokens': 2 }
      await logged(t, aSpan({ id: 2, parent: 1, attributes: usage }))
      await logged(t, aSpan({ attributes: usage }))
      const trace = await t.ask(readTrace, { id: traceId(1) })
      expect(JSON.parse(trace.metadata['mlflow.trace.tokenUsage'] ?? '')).toEqual({
        input_tokens: 3,
        output_tokens: 2,
        total_tokens: 5,
      })
    })
    it('of an unknown or deleted experiment are refused whole', async () => {
      const t = await tracesKernel(openStore)
      const actor = { id: 'usr_ann', kind: 'user', name: 'ann' } as const
      const { logForeignSpans } = await import('../domain.ts')
      const context = { actor, workspace: 'default' }
      await expect(logForeignSpans(t.runtime, context, { experimentId: '77', spans: [aSpan()] })).rejects.toMatchObject(
        { code: 'experiment-tracking/experiment-not-found' },
      )
      expect(await found(t, '')).toEqual([])
    })
  })

  describe('a described trace', () => {
    it('keeps its duration in whole milliseconds', async () => {
      const t = await tracesKernel(openStore)
      expect(await t.ingest(startTrace, { ...describedTrace, durationMs: 0.5 })).toMatchObject({ durationMs: 1 })
    })
    it('keeps what its maker said when spans come later', async () => {
      const t = await tracesKernel(openStore)
      await t.ingest(startTrace, {
        ...describedTrace,
        state: 'error',
        requestPreview: 'said',
        tags: { 'mlflow.traceName': 'mine', team: 'a' },
        metadata: { 'mlflow.trace.session': 's1', 'mlflow.trace.tokenUsage': '{"input_tokens": 9, "total_tokens": 9}' },
      })
      await logged(
        t,
        aSpan({ attributes: { 'mlflow.spanInputs': 'other', 'mlflow.chat.tokenUsage': { input_tokens: 1 } } }),
      )
      expect(await t.ask(readTrace, { id: traceId(1) })).toMatchObject({
        name: 'mine',
        state: 'error',
        durationMs: 5,
        requestPreview: 'said',
        sessionId: 's1',
        tags: { team: 'a', 'mlflow.traceName': 'mine' },
        metadata: {
          'mlflow.trace.infoFinalized': 'true',
          'mlflow.trace.tokenUsage': '{"input_tokens": 9, "total_tokens": 9}',
        },
      })
    })
    it('may come after its spans, and carry assessments', async () => {
      const t = await tracesKernel(openStore)
      await logged(t, aSpan())
      const assessments = [{ kind: 'feedback' as const, name: 'good', value: true }]
      const trace = await t.ingest(startTrace, { ...describedTrace, assessments })
      expect(trace).toMatchObject({ durationMs: 5, assessments: [{ name: 'good', value: true, valid: true }] })
      expect(trace.assessments[0]?.id).toMatch(/^a-[0-9a-f]{32}$/)
    })
    it('may be started first and ended later', async () => {
      const t = await tracesKernel(openStore)
      const { id } = await t.ingest(startTrace, { experimentId: '0', startedAtMs, final: false, tags: { a: '1' } })
      expect(id).toMatch(/^tr-[0-9a-f]{32}$/)
      const ended = await t.ingest(endTrace, { id, endedAtMs: startedAtMs + 70, state: 'ok', tags: { b: '2' } })
      expect(ended).toMatchObject({ state: 'ok', durationMs: 70, tags: { a: '1', b: '2' } })
    })
  })

  describe('searching traces', () => {
    it('finds by what the trace, its labels, its spans and its assessments say', async () => {
      const t = await tracesKernel(openStore)
      for (const number of [1, 2, 3]) {
        await t.ingest(startTrace, {
          ...describedTrace,
          id: traceId(number),
          startedAtMs: startedAtMs + number,
          durationMs: number * 10,
          state: number === 2 ? 'error' : 'ok',
          clientRequestId: `req-${number}`,
          tags: { 'mlflow.traceName': number === 1 ? 'one' : 'many', team: 'ab'.charAt(number % 2) },
          metadata: { 'mlflow.trace.session': number < 3 ? 's' : 'other', long: 'x'.repeat(300) + number },
        })
        const attributes = { 'mlflow.spanType': 'TOOL', 'a.b': number === 3 ? true : `v${number}`, n: number }
        await logged(
          t,
          aSpan({ trace: number, attributes }),
          aSpan({ trace: number, id: 2, parent: 1, name: `s${number}` }),
        )
      }
      const score = { kind: 'feedback' as const, name: 'score' }
      await t.act(addAssessment, { id: traceId(1), assessment: { ...score, value: 0.9 } })
      await t.act(addAssessment, { id: traceId(2), assessment: { ...score, value: 'yes' } })
      const cases: [string, number[]][] = [
        ['', [3, 2, 1]],
        ["status = 'ERROR'", [2]],
        ["status IN ('OK', 'ERROR') AND timestamp_ms > " + String(startedAtMs + 1), [3, 2]],
        ['execution_time_ms >= 20 AND end_time_ms < ' + String(startedAtMs + 30), [2]],
        ["name = 'many'", [3, 2]],
        ["name RLIKE '^o.e$'", [1]],
        ["tags.team = 'a'", [2]],
        ["tags.team != 'a'", [3, 1]],
        ["tags.team ILIKE 'A'", [2]],
        ["tags.team LIKE 'A'", []],
        ['tags.none IS NULL', [3, 2, 1]],
        [`metadata.long = '${'x'.repeat(300)}2'`, [2]],
        ["metadata.`mlflow.trace.session` = 's'", [2, 1]],
        ["client_request_id LIKE 'req-%' AND request_id = '" + traceId(3) + "'", [3]],
        ["span.name = 's2'", [2]],
        ["span.name = 's2' AND span.type = 'TOOL'", []],
        ["span.type = 'TOOL' AND span.attributes.`a.b` = 'v1'", [1]],
        ["span.attributes.a.b = 'true'", [3]],
        ["span.attributes.n = '2'", [2]],
        ["span.attributes.`a.b` RLIKE 'v[12]'", [2, 1]],
        ["span.status = 'OK'", [3, 2, 1]],
        ['trace.text LIKE \'%"s3"%\'', [3]],
        ['feedback.score > 0.5', [1]],
        ["feedback.score = '0.9'", [1]],
        ["feedback.score = 'yes'", [2]],
        ["feedback.score != 'yes'", [1]],
        ['feedback.score IS NULL', [3]],
        ["feedback.score RLIKE '^.y'", [2]],
      ]
      for (const [filter, ids] of cases) expect([filter, await found(t, filter)]).toEqual([filter, ids])
    })
    it('orders, and gives the next page', async () => {
      const t = await tracesKernel(openStore)
      for (const number of [1, 2, 3, 4, 5]) {
        await t.ingest(startTrace, {
          ...describedTrace,
          id: traceId(number),
          startedAtMs: startedAtMs + (number % 2),
          tags: number === 3 ? {} : { rank: String(9 - number) },
        })
      }
      expect(await found(t, '', { orderBy: ['tags.rank ASC'] })).toEqual([5, 4, 2, 1, 3])
      expect(await found(t, '', { orderBy: ['tags.rank DESC', 'timestamp_ms'] })).toEqual([1, 2, 4, 5, 3])
      for (const orderBy of [[], ['timestamp_ms DESC']]) {
        const seen: string[] = []
        let token: string | undefined
        do {
          const page = await t.ask(searchTraces, {
            limit: 2,
            orderBy,
            ...(token === undefined ? {} : { pageToken: token }),
          })
          seen.push(...page.items.map(({ id }) => id))
          token = page.nextPageToken
        } while (token !== undefined)
        expect(seen).toEqual([1, 3, 5, 2, 4].map(traceId))
      }
      expect(await found(t, '', { experiment: ['#5'] })).toEqual([])
    })
    it('finds the traces of a run and of a prompt', async () => {
      const t = await tracesKernel(openStore)
      const run = await t.act(createRun, { experiment: '#0' })
      await t.ingest(startTrace, { ...describedTrace, metadata: { 'mlflow.sourceRun': run.id } })
      await logged(t, aSpan({ trace: 2 }), aSpan({ trace: 3 }))
      await t.ingest(linkTraces, { ids: [traceId(2), traceId(9)], runId: run.id })
      await t.ingest(linkTraces, { ids: [traceId(3)], prompts: ['greet/1'] })
      expect(new Set(await found(t, `run_id = '${run.id}'`))).toEqual(new Set([1, 2]))
      expect(await found(t, "prompt = 'greet/1'")).toEqual([3])
      await expect(t.ingest(linkTraces, { ids: [], runId: 'none' })).rejects.toMatchObject({ status: 404 })
    })
    it('finds the whole session of a judged trace', async () => {
      const t = await tracesKernel(openStore)
      for (const number of [1, 2, 3]) {
        const session = { 'mlflow.trace.session': number < 3 ? 's' : 'other' }
        await t.ingest(startTrace, { ...describedTrace, id: traceId(number), metadata: session })
      }
      const metadata = { 'mlflow.trace.session': 's' }
      await t.act(addAssessment, {
        id: traceId(1),
        assessment: { kind: 'feedback', name: 'kind', value: true, metadata },
      })
      expect(await found(t, "feedback.kind = 'true'")).toEqual([1, 2])
      expect(await found(t, 'feedback.kind IS NULL')).toEqual([3])
    })
  })

  describe('assessments', () => {
    it('override one another, and are restored', async () => {
      const t = await tracesKernel(openStore)
      await logged(t, aSpan())
      const id = traceId(1)
      const feedback = { kind: 'feedback' as const, name: 'good', value: true }
      const first = await t.act(addAssessment, { id, assessment: feedback })
      const second = await t.act(addAssessment, { id, assessment: { ...feedback, value: false, overrides: first.id } })
      expect(await t.ask(readAssessment, { id, assessmentId: first.id })).toMatchObject({ valid: false })
      await t.act(deleteAssessment, { id, assessmentId: second.id })
      await t.act(deleteAssessment, { id, assessmentId: second.id })
      expect(await t.ask(readAssessment, { id, assessmentId: first.id })).toMatchObject({ valid: true })
      await expect(
        t.act(addAssessment, { id, assessment: { ...feedback, overrides: 'a-none' } }),
      ).rejects.toMatchObject({
        code: 'traces/assessment-not-found',
      })
    })
    it('change in value and grow in metadata, but stay what they are', async () => {
      const t = await tracesKernel(openStore)
      await logged(t, aSpan())
      const id = traceId(1)
      const expectation = { kind: 'expectation' as const, name: 'facts', value: ['a'], metadata: { x: '1' } }
      const { id: assessmentId } = await t.act(addAssessment, { id, assessment: expectation })
      t.clock.advance(5)
      const changed = await t.act(changeAssessment, { id, assessmentId, value: { b: 1 }, metadata: { y: '2' } })
      expect(changed).toMatchObject({ value: { b: 1 }, metadata: { x: '1', y: '2' }, updatedAtMs: t.clock.nowMs })
      const wrong = t.act(changeAssessment, { id, assessmentId, kind: 'feedback', value: 1 })
      await expect(wrong).rejects.toThrow('Cannot update feedback value on an Expectation assessment.')
      expect(t.auditTrail.map(({ action }) => action)).toEqual(
        expect.arrayContaining(['traces.add-assessment', 'traces.change-assessment']),
      )
    })
  })

  describe('changing traces', () => {
    it('sets and removes tags, but not the server’s own', async () => {
      const t = await tracesKernel(openStore)
      await logged(t, aSpan())
      const id = traceId(1)
      await t.ingest(tagTrace, { id, tags: { a: '1', 'mlflow.traceName': 'n' } })
      await t.ingest(tagTrace, { id, tags: { a: null } })
      const trace = await t.ask(readTrace, { id })
      expect(trace).toMatchObject({ name: 'n', tags: { 'mlflow.traceName': 'n' } })
      expect(trace.tags).not.toHaveProperty('a')
      await expect(t.ingest(tagTrace, { id, tags: { a: null } })).rejects.toMatchObject({
        code: 'traces/tag-not-found',
      })
      const own = { 'mlflow.trace.spansLocation': 'x' }
      await expect(t.ingest(tagTrace, { id, tags: own })).rejects.toMatchObject({ code: 'traces/tag-protected' })
      await expect(t.ingest(tagTrace, { id: 'tr-none', tags: {} })).rejects.toMatchObject({ status: 404 })
    })
    it('deletes by id, or the oldest', async () => {
      const t = await tracesKernel(openStore)
      for (const number of [1, 2, 3, 4]) {
        const startNs = `${startedAtMs + number}000000`
        await logged(t, aSpan({ trace: number, startNs }))
      }
      expect(await t.act(deleteTraces, { experimentId: '1', ids: [traceId(1)] })).toEqual({ deleted: 0 })
      expect(await t.act(deleteTraces, { experimentId: '0', ids: [traceId(4), 'tr-none'] })).toEqual({ deleted: 1 })
      const oldest = { experimentId: '0', beforeMs: startedAtMs + 2, limit: 1 }
      expect(await t.act(deleteTraces, oldest)).toEqual({ deleted: 1 })
      expect(await found(t, '')).toEqual([3, 2])
      await expect(t.ask(listSpans, { id: traceId(1) })).rejects.toMatchObject({ status: 404 })
      await expect(t.act(deleteTraces, { experimentId: '0' })).rejects.toThrow('must be specified')
    })
  })

  describe('measuring', () => {
    const measured = { experimentIds: ['0'], view: 'traces' as const }
    it('counts, averages and interpolates percentiles, by time and by dimension', async () => {
      const t = await tracesKernel(openStore)
      for (const number of [1, 2, 3, 4]) {
        await t.ingest(startTrace, {
          ...describedTrace,
          id: traceId(number),
          startedAtMs: startedAtMs + (number === 4 ? 3_600_000 : number),
          durationMs: number * 10,
          state: number === 2 ? 'error' : 'ok',
          tags: { 'mlflow.traceName': number < 3 ? 'a' : 'b' },
        })
      }
      const count = [{ type: 'count' as const }]
      expect(
        await t.ask(measureTraces, {
          ...measured,
          metric: 'trace_count',
          aggregations: count,
          dimensions: ['trace_status'],
        }),
      ).toEqual({
        items: [
          { dimensions: { trace_status: 'ERROR' }, values: [1] },
          { dimensions: { trace_status: 'OK' }, values: [3] },
        ],
      })
      const aggregations = [
        { type: 'avg' as const },
        { type: 'percentile' as const, percentile: 50 },
        { type: 'max' as const },
      ]
      expect(await t.ask(measureTraces, { ...measured, metric: 'latency', aggregations })).toEqual({
        items: [{ dimensions: {}, values: [25, 25, 40] }],
      })
      expect(
        await t.ask(measureTraces, {
          ...measured,
          metric: 'latency',
          aggregations: [{ type: 'max' }],
          filters: ["trace.status = 'OK'"],
          intervalMs: 3_600_000,
          fromMs: startedAtMs,
          toMs: startedAtMs + 7_200_000,
        }),
      ).toEqual({
        items: [
          { bucketMs: startedAtMs, dimensions: {}, values: [30] },
          { bucketMs: startedAtMs + 3_600_000, dimensions: {}, values: [40] },
        ],
      })
    })
    it('refuses what cannot be measured', async () => {
      const t = await tracesKernel(openStore)
      const ask = (more: object) =>
        t.ask(measureTraces, { ...measured, metric: 'latency', aggregations: [{ type: 'avg' }], ...more })
      await expect(ask({ metric: 'x' })).rejects.toThrow("metric_name must be one of ['trace_count'")
      await expect(ask({ aggregations: [{ type: 'sum' }] })).rejects.toThrow(
        "Found invalid aggregation_type(s): ['SUM']",
      )
      await expect(ask({ dimensions: ['x'] })).rejects.toThrow("Found invalid dimension(s): ['x']")
      await expect(ask({ filters: ["span.name = 'x'"] })).rejects.toThrow('Filtering by span is only supported')
      await expect(ask({ filters: ["trace.status != 'x'"] })).rejects.toThrow("only '=' operator is supported")
    })
    it('says how much two filters find the same', async () => {
      const t = await tracesKernel(openStore)
      for (const number of [1, 2, 3, 4]) {
        const tags: Record<string, string> = number < 3 ? { a: '1' } : { b: '1' }
        await t.ingest(startTrace, { ...describedTrace, id: traceId(number), tags })
      }
      const correlate = (first: string, second: string) =>
        t.ask(correlateFilters, { experimentIds: ['0'], first, second })
      expect(await correlate("tags.a = '1'", "tags.a = '1'")).toMatchObject({ npmi: 1, joint: 2, total: 4 })
      expect(await correlate("tags.a = '1'", "tags.b = '1'")).toMatchObject({ npmi: -1, joint: 0 })
      expect(await correlate("tags.a = '1'", "tags.c = '1'")).toMatchObject({ npmi: null, second: 0 })
    })
  })
})
