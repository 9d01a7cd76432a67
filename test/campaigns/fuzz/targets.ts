import { ask } from '../../journeys/ask.ts'
import { mlflowRoutes } from './mlflow-routes.ts'

/** Of a JSON schema what a fuzzer needs. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** An address of the API with what it takes. */
export interface Target {
  readonly method: string
  /** From the root, with `{parameters}`. */
  readonly path: string
  readonly query: readonly string[]
  /** Of a JSON body, where it has one. */
  readonly body?: Schema
  readonly bodyType?: string
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
}

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> }
}

// These end the open local mode or the fuzzer's own rights, after which everything would be refused alike.
const leftOut = /\/(session|me\/password|users\/\{id\}|secrets\/rotation|users\/\{id\}\/password)$/

/** Every address: ours as the OpenAPI document says, MLflow's by its own list, and those that speak other forms. */
export async function targetsOf(url: string): Promise<Target[]> {
  const openApi = (await ask(url, 'GET', '//api/millrace/v1/openapi.json')).json<OpenApi>()
  const ours = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ourTarget(method.toUpperCase(), path, described)),
  )
  return [...ours.filter(({ path }) => !leftOut.test(path)), ...mlflowRoutes.map(mlflowTarget), ...others]
}

function ourTarget(method: string, path: string, { parameters = [], requestBody }: Described): Target {
  const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const [bodyType, content] = Object.entries(requestBody?.content ?? {})[0] ?? []
  return {
    method,
    path: `/api/millrace/v1${path}`,
    query,
    ...(bodyType === undefined ? {} : { bodyType, body: content?.schema ?? {} }),
  }
}

function mlflowTarget(line: string): Target {
  const [method = '', path = '', ...fields] = line.split(' ')
  const whole = path.startsWith('3.0/') ? `/api/3.0/mlflow/${path.slice(4)}` : `/api/2.0/mlflow/${path}`
  const query = fields.map((field) => field.replace(/\W+$/, ''))
  if (method === 'GET') return { method, path: whole, query }
  const properties = Object.fromEntries(fields.map((field, at) => [query[at] ?? '', mlflowSchema(field)]))
  return { method, path: whole, query: [], bodyType: 'application/json', body: { type: 'object', properties } }
}

const pair: Schema = {
  type: 'object',
  properties: {
    key: { type: 'string' },
    value: { type: 'string' },
    timestamp: { type: 'integer' },
    step: { type: 'integer' },
  },
}

function mlflowSchema(field: string): Schema {
  if (field.endsWith('#')) return { type: 'number' }
  if (field.endsWith('{}')) return { type: 'object', properties: { trace_info: pair, name: { type: 'string' } } }
  if (!field.endsWith('[]')) return { type: 'string' }
  return { type: 'array', items: /^(tags|params|metrics|request_metadata)/.test(field) ? pair : { type: 'string' } }
}

const bytes = 'application/octet-stream'
const proto = 'application/x-protobuf'
const json: Schema = { type: 'object', properties: { inputs: { type: 'array' }, rows: { type: 'array' } } }

const others: readonly Target[] = [
  { method: 'PUT', path: '/api/2.0/mlflow-artifacts/artifacts/{path}', query: [], bodyType: bytes, body: {} },
  { method: 'GET', path: '/api/2.0/mlflow-artifacts/artifacts/{path}', query: [] },
  { method: 'GET', path: '/api/2.0/mlflow-artifacts/artifacts', query: ['path'] },
  { method: 'DELETE', path: '/api/2.0/mlflow-artifacts/artifacts/{path}', query: [] },
  {
    method: 'POST',
    path: '/api/2.0/mlflow-artifacts/mpu/create/{path}',
    query: [],
    bodyType: 'application/json',
    body: { properties: { path: { type: 'string' }, num_parts: { type: 'number' } } },
  },
  {
    method: 'POST',
    path: '/api/2.0/mlflow-artifacts/mpu/complete/{path}',
    query: [],
    bodyType: 'application/json',
    body: { properties: { path: { type: 'string' }, upload_id: { type: 'string' }, parts: { type: 'array' } } },
  },
  { method: 'GET', path: '/get-artifact', query: ['run_uuid', 'path'] },
  { method: 'GET', path: '/model-versions/get-artifact', query: ['name', 'version', 'path'] },
  { method: 'POST', path: '/v1/traces', query: [], bodyType: proto, body: {} },
  {
    method: 'POST',
    path: '/v1/traces',
    query: [],
    bodyType: 'application/json',
    body: {
      properties: {
        resourceSpans: {
          type: 'array',
          items: { type: 'object', properties: { resource: { type: 'object' }, scopeSpans: { type: 'array' } } },
        },
      },
    },
  },
  { method: 'POST', path: '/v2/models/{name}/infer', query: [], bodyType: 'application/json', body: json },
  { method: 'GET', path: '/v2/models/{name}', query: [] },
  { method: 'GET', path: '/version', query: [] },
  { method: 'GET', path: '/{path}', query: [] },
]
