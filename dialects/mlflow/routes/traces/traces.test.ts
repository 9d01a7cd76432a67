import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore } from '@millrace/kernel/testing'
import { logForeignSpans } from '@millrace/traces'
import { describe, expect, it } from 'vitest'
import { mlflowKernel } from '../../testing/ask-mlflow.ts'

const id = `tr-${'0'.repeat(31)}1`

/** Sends one request below `/api/`; gives status and body. */
async function ask(t: TestKernel, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) {
  const sent =
    body === undefined ? {} : { payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const answer = await t.app.inject({ method, url: `/api/${path}`, ...sent })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), text: answer.body }
}

const info = {
  trace_id: id,
  client_request_id: 'req',
  trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } },
  request_preview: 'in',
  request_time: '2026-01-01T00:00:00.005Z',
  execution_duration: '1.500s',
  state: 'OK',
  trace_metadata: { 'mlflow.trace.session': 's', 'mlflow.trace.sizeStats': '{"num_spans": 1}' },
  tags: { 'mlflow.traceName': 'n' },
}
const started = { trace: { trace_info: info } }

async function logSpan(t: TestKernel): Promise<void> {
  const actor = { id: 'usr_ann', kind: 'user', name: 'ann' } as const
  const span = {
    traceId: id.slice(3),
    id: '00000000000000ff',
    parentId: null,
    name: 'root',
    kind: 1,
    startNs: '1767225600005000001',
    endNs: '1767225601505000009',
    status: { code: 'error' as const, message: 'no' },
    attributes: {
      text: 'a',
      whole: 5,
      big: 9_223_372_036_854_775_807n,
      part: 0.5,
      list: [true, null],
      map: { k: 'v' },
    },
    events: [{ name: 'e', timeNs: '1767225600005000002', attributes: { k: 1 } }],
    links: [],
    resource: {},
  }
  await logForeignSpans(t.runtime, { actor, workspace: 'default' }, { experimentId: '0', spans: [span] })
}

onEachStore((openStore) => {
  describe('traces in MLflow’s words', () => {
    it('are started, read and searched in version 3', async () => {
      const t = await mlflowKernel(openStore)
      const made = await ask(t, 'POST', '3.0/mlflow/traces', started)
      expect(made.body).toEqual({
        trace: {
          trace_info: {
            ...info,
            trace_metadata: { ...info.trace_metadata, 'mlflow.trace.infoFinalized': 'true' },
            tags: { ...info.tags, 'mlflow.artifactLocation': `mlflow-artifacts:/0/traces/${id}/artifacts` },
          },
        },
      })
      expect((await ask(t, 'GET', `3.0/mlflow/traces/${id}?trace_id=${id}`)).body).toEqual(made.body)
      const locations = [info.trace_location]
      const search = (more: object) => ask(t, 'POST', '3.0/mlflow/traces/search', { locations, ...more })
      expect((await search({ filter: "trace.status = 'OK'" })).body).toMatchObject({ traces: [{ trace_id: id }] })
      expect((await search({ filter: "trace.status = 'ERROR'" })).body).toEqual({})
      expect((await search({ max_results: 501 })).body).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' })
      expect((await ask(t, 'POST', '3.0/mlflow/traces/search', {})).text).toContain("required parameter 'locations'")
      expect(await ask(t, 'GET', '3.0/mlflow/traces/tr-zz')).toMatchObject({
        status: 404,
        body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: "Trace with ID 'tr-zz' not found." },
      })
    })
    it('come with their spans when all have come', async () => {
      const t = await mlflowKernel(openStore)
      await ask(t, 'POST', '3.0/mlflow/traces', started)
      expect((await ask(t, 'GET', `3.0/mlflow/traces/batchGet?trace_ids=${id}`)).body).toEqual({})
      const partial = await ask(t, 'GET', `3.0/mlflow/traces/get?trace_id=${id}&allow_partial=True`)
      expect(partial.body).toMatchObject({ trace: { spans: [] } })
      await logSpan(t)
      const whole = await ask(t, 'GET', `3.0/mlflow/traces/get?trace_id=${id}&allow_partial=False`)
      expect(whole.text).toContain('"start_time_unix_nano":1767225600005000001')
      expect(whole.text).toContain('{"key":"big","value":{"int_value":9223372036854775807}}')
      expect(whole.body).toMatchObject({
        trace: {
          trace_info: { state: 'OK' },
          spans: [
            {
              trace_id: 'AAAAAAAAAAAAAAAAAAAAAQ==',
              span_id: 'AAAAAAAAAP8=',
              status: { code: 'STATUS_CODE_ERROR', message: 'no' },
              attributes: expect.arrayContaining([
                { key: 'text', value: { string_value: 'a' } },
                { key: 'part', value: { double_value: 0.5 } },
                { key: 'list', value: { array_value: { values: [{ bool_value: true }, {}] } } },
                { key: 'map', value: { kvlist_value: { values: [{ key: 'k', value: { string_value: 'v' } }] } } },
                { key: 'mlflow.traceRequestId', value: { string_value: id } },
              ]) as unknown,
            },
          ],
        },
      })
      expect((await ask(t, 'GET', `3.0/mlflow/traces/batchGet?trace_ids=${id}&trace_ids=tr-none`)).body).toMatchObject({
        traces: [{ trace_info: { trace_id: id } }],
      })
      const file = await t.app.inject(`/ajax-api/2.0/mlflow/get-trace-artifact?request_id=${id}`)
      expect(file.headers['content-disposition']).toBe('attachment; filename=traces.json')
      expect(file.json()).toMatchObject({ spans: [{ name: 'root', attributes: { text: '"a"', map: '{"k":"v"}' } }] })
    })
    it.each(['traces/%00', 'traces/get?trace_id=%00', 'datasets/%00', 'scorers/get?experiment_id=0&name=%00'])(
      'refuse a character that cannot be stored: %s',
      async (path) => {
        const t = await mlflowKernel(openStore)
        expect(await ask(t, 'GET', `3.0/mlflow/${path}`)).toMatchObject({
          status: 400,
          body: { error_code: 'INVALID_PARAMETER_VALUE' },
        })
      },
    )
    it('are started and ended in version 2', async () => {
      const t = await mlflowKernel(openStore)
      const sent = { experiment_id: '0', timestamp_ms: 1000, tags: [{ key: 'a', value: '1' }], request_metadata: [] }
      const { body } = await ask(t, 'POST', '2.0/mlflow/traces', sent)
      const { request_id: made } = body['trace_info'] as { request_id: string } // MLflow's form
      const end = { timestamp_ms: 1070, status: 'OK', tags: [{ key: 'b', value: '2' }] }
      expect((await ask(t, 'PATCH', `2.0/mlflow/traces/${made}`, end)).body).toMatchObject({
        trace_info: { status: 'OK', execution_time_ms: 70 },
      })
      expect((await ask(t, 'GET', `2.0/mlflow/traces/${made}/info`)).body).toMatchObject({
        trace_info: { request_id: made, timestamp_ms: 1000 },
      })
      expect((await ask(t, 'GET', '2.0/mlflow/traces?experiment_ids=0&max_results=5')).body).toMatchObject({
        traces: [{ request_id: made }],
      })
    })
    it('are tagged, linked and deleted', async () => {
      const t = await mlflowKernel(openStore)
      await ask(t, 'POST', '3.0/mlflow/traces', started)
      expect(await ask(t, 'PATCH', `2.0/mlflow/traces/${id}/tags`, { key: 'k', value: 'v' })).toMatchObject({
        status: 200,
        body: {},
      })
      expect((await ask(t, 'DELETE', `3.0/mlflow/traces/${id}/tags`, { key: 'k' })).status).toBe(200)
      expect(await ask(t, 'DELETE', `2.0/mlflow/traces/${id}/tags`, { key: 'k' })).toMatchObject({
        status: 404,
        body: { message: `No trace tag with key 'k' for trace with ID '${id}'` },
      })
      expect(
        (await ask(t, 'PATCH', `3.0/mlflow/traces/${id}/tags`, { key: 'mlflow.trace.spansLocation', value: 'x' })).text,
      ).toContain('immutable')
      const many = Array.from({ length: 101 }, (_, number) => `tr-${number}`)
      expect((await ask(t, 'POST', '2.0/mlflow/traces/link-to-run', { trace_ids: many, run_id: 'r' })).text).toContain(
        'Cannot link more than 100 traces to a run',
      )
      expect((await ask(t, 'POST', '2.0/mlflow/traces/delete-traces', { experiment_id: '0' })).status).toBe(400)
      const gone = await ask(t, 'POST', '3.0/mlflow/traces/delete-traces', { experiment_id: '0', request_ids: [id] })
      expect(gone.body).toEqual({ traces_deleted: 1 })
    })
    it('are judged: feedback, expectations, overrides', async () => {
      const t = await mlflowKernel(openStore)
      await ask(t, 'POST', '3.0/mlflow/traces', started)
      const path = `3.0/mlflow/traces/${id}/assessments`
      const source = { source_type: 'HUMAN', source_id: 'bo' }
      const feedback = { assessment_name: 'good', trace_id: id, source, feedback: { value: true }, rationale: 'r' }
      const first = await ask(t, 'POST', path, { assessment: feedback })
      expect(first.body).toMatchObject({ assessment: { ...feedback, valid: true } })
      const { assessment_id: given } = first.body['assessment'] as { assessment_id: string } // MLflow's form
      const expectation = { serialized_value: { serialization_format: 'JSON_FORMAT', value: '{"a":[1]}' } }
      const expected = await ask(t, 'POST', path, { assessment: { ...feedback, feedback: undefined, expectation } })
      expect(expected.body).toMatchObject({ assessment: { expectation } })
      const override = {
        ...feedback,
        feedback: { value: null, error: { error_code: 'E', error_message: 'm' } },
        overrides: given,
      }
      expect((await ask(t, 'POST', path, { assessment: override })).body).toMatchObject({
        assessment: { feedback: { value: null, error: { error_code: 'E', error_message: 'm' } }, overrides: given },
      })
      expect((await ask(t, 'GET', `${path}/${given}`)).body).toMatchObject({ assessment: { valid: false } })
      const change = {
        assessment: { assessment_name: 'better', feedback: { value: 0.5 } },
        update_mask: 'assessmentName,feedback',
      }
      expect((await ask(t, 'PATCH', `${path}/${given}`, change)).body).toMatchObject({
        assessment: { assessment_name: 'better', feedback: { value: 0.5 }, rationale: 'r' },
      })
      expect((await ask(t, 'DELETE', `${path}/a-none`)).status).toBe(200)
      expect((await ask(t, 'GET', `${path}/a-none`)).body).toMatchObject({
        message: `Assessment with ID 'a-none' not found for trace '${id}'`,
      })
    })
    it('are measured and compared', async () => {
      const t = await mlflowKernel(openStore)
      await ask(t, 'POST', '3.0/mlflow/traces', started)
      const query = {
        experiment_ids: ['0'],
        view_type: 'TRACES',
        metric_name: 'latency',
        aggregations: [{ aggregation_type: 'AVG' }, { aggregation_type: 'PERCENTILE', percentile_value: 95 }],
        dimensions: ['trace_name'],
        time_interval_seconds: 3600,
        start_time_ms: 1_767_225_600_000,
        end_time_ms: 1_767_229_200_000,
      }
      expect((await ask(t, 'POST', '3.0/mlflow/traces/metrics', query)).body).toEqual({
        data_points: [
          {
            metric_name: 'latency',
            dimensions: { time_bucket: '2026-01-01T00:00:00+00:00', trace_name: 'n' },
            values: { AVG: 1500, 'P95.0': 1500 },
          },
        ],
      })
      const filters = { filter_string1: "trace.status = 'OK'", filter_string2: "tags.none = 'x'" }
      const compared = await ask(t, 'POST', '3.0/mlflow/traces/calculate-filter-correlation', {
        experiment_ids: ['0'],
        ...filters,
      })
      expect(compared.body).toMatchObject({ npmi: 'NaN', filter1_count: 1, filter2_count: 0, total_count: 1 })
    })
  })

  describe('evaluation data sets and scorers in MLflow’s words', () => {
    it('travel as JSON inside texts', async () => {
      const t = await mlflowKernel(openStore)
      const made = await ask(t, 'POST', '3.0/mlflow/datasets/create', {
        name: 'qa',
        experiment_ids: ['0'],
        tags: '{"a":"1"}',
      })
      const { dataset_id: dataset } = made.body['dataset'] as { dataset_id: string } // MLflow's form
      const path = `3.0/mlflow/datasets/${dataset}`
      const source = { source_type: 'TRACE', source_data: { trace_id: id } }
      const records = JSON.stringify([{ inputs: { q: 1 }, source }, { inputs: { q: 2 } }])
      expect((await ask(t, 'POST', `${path}/records`, { records })).body).toEqual({
        inserted_count: 2,
        updated_count: 0,
      })
      const listed = await ask(t, 'GET', `${path}/records?max_results=1`)
      expect(JSON.parse(String(listed.body['records']))).toMatchObject([{ inputs: { q: 1 }, source, source_id: id }])
      expect(listed.body).toHaveProperty('next_page_token')
      expect((await ask(t, 'GET', path)).body).toMatchObject({
        dataset: { tags: '{"a":"1"}', profile: '{"num_records":2}', experiment_ids: ['0'] },
      })
      expect((await ask(t, 'PATCH', `${path}/tags`, { tags: '{"b":"2"}' })).status).toBe(200)
      expect((await ask(t, 'DELETE', `${path}/tags/a`)).status).toBe(200)
      const found = await ask(t, 'POST', '3.0/mlflow/datasets/search', { filter_string: "tags.b = '2'" })
      expect(found.body).toMatchObject({ datasets: [{ name: 'qa', tags: '{"b":"2"}' }] })
      expect((await ask(t, 'POST', `${path}/records`, { records: '{' })).body).toMatchObject({
        error_code: 'INVALID_PARAMETER_VALUE',
      })
      expect((await ask(t, 'GET', '3.0/mlflow/datasets/d-none')).body).toMatchObject({
        error_code: 'RESOURCE_DOES_NOT_EXIST',
        message: "Evaluation dataset with id 'd-none' not found",
      })
    })
    it('keep the versions of scorers', async () => {
      const t = await mlflowKernel(openStore)
      const scorer = { experiment_id: '0', name: 's', serialized_scorer: '{"name":"s"}' }
      for (const version of [1, 2])
        expect((await ask(t, 'POST', '3.0/mlflow/scorers/register', scorer)).body).toMatchObject({ version })
      const shown = { experiment_id: 0, scorer_name: 's', serialized_scorer: '{"name":"s"}' }
      expect((await ask(t, 'GET', '3.0/mlflow/scorers/list?experiment_id=0')).body).toMatchObject({
        scorers: [{ ...shown, scorer_version: 2 }],
      })
      expect((await ask(t, 'GET', '3.0/mlflow/scorers/get?experiment_id=0&name=s&version=1')).body).toMatchObject({
        scorer: { ...shown, scorer_version: 1 },
      })
      expect((await ask(t, 'GET', '3.0/mlflow/scorers/get?experiment_id=0&name=s&version=7')).body).toMatchObject({
        message: "Scorer with name 's' and version 7 not found for experiment 0.",
      })
      expect((await ask(t, 'DELETE', '3.0/mlflow/scorers/delete', { experiment_id: '0', name: 's' })).status).toBe(200)
      expect((await ask(t, 'GET', '3.0/mlflow/scorers/list?experiment_id=0')).body).toEqual({})
    })
  })
})
