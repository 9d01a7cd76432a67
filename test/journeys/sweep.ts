import type { Answer } from './ask.ts'
import { ask } from './ask.ts'

/** What a sweep found. */
export interface Swept {
  readonly asked: number
  /** One line per answer that a user should not get. */
  readonly faults: readonly string[]
}

interface Operation {
  readonly method: string
  /** Below the root, with `{parameters}`. */
  readonly path: string
  /** Names of the body's members, where it has one. */
  readonly members: readonly string[]
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
}

interface Described {
  readonly requestBody?: { content: Record<string, { schema?: { properties?: Record<string, unknown> } }> }
}

// Addresses that stream or speak a form of their own, so that no contract lists them.
const streams: readonly (readonly [string, string])[] = [
  ['POST', '/datasets/{name}/uploads'],
  ['POST', '/datasets/{name}/versions'],
  ['POST', '/datasets/{name}/versions/{version}/splits'],
  ['GET', '/dataset-versions/{id}/files/{path}'],
  ['PUT', '/runs/{id}/artifacts/{path}'],
  ['GET', '/runs/{id}/artifacts/{path}'],
  ['GET', '/model-versions/{id}/file'],
  ['POST', '/endpoints/{name}/deployments'],
  ['GET', '/predictions/{id}'],
  ['GET', '/endpoints/{name}/predictions'],
  ['GET', '/endpoints/{name}/statistics'],
  ['GET', '/prediction-counts'],
  ['POST', '/monitors/{name}/evaluation'],
  ['GET', '/pipeline-runs/{id}/steps/{step}/logs'],
  ['GET', '/jobs/{id}/logs'],
  ['GET', '/audit/export'],
]

const oddNames = [
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e',
  '%00',
  '%ff',
  'a'.repeat(900),
  '%F0%9F%98%80',
  '1',
  'latest',
  "'%20or%201=1--",
]
const oddQueries = [
  'limit=x',
  'limit=-1',
  'limit=1e99',
  'limit=5&limit=6',
  'pageToken=zzz',
  'fromMs=abc&toMs=Infinity',
  'filter=%25%27',
  'direction=sideways&depth=-1',
]
const damagedBodies = ['{"a":', '[]', '"x"', '7', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":1}}']
const oddValues: readonly unknown[] = [7, 'x', [], {}, null, true, -1e308, '\u0000', '\ud800']

/** Sends odd names, queries and bodies to every address; a fault is an answer of 500 and up, or one without a sentence. */
export async function sweep(url: string): Promise<Swept> {
  const faults = new Map<string, string>()
  let asked = 0
  for (const operation of await operationsOf(url)) {
    for (const { path, body, type } of casesOf(operation)) {
      const answer = await ask(
        url,
        operation.method,
        `/${path}`,
        body,
        type === undefined ? {} : { 'content-type': type },
      )
      asked += 1
      const fault = faultOf(answer)
      const where = `${operation.method} ${operation.path}`
      if (fault !== undefined) faults.set(`${where} ${fault}`, `${where} ${path.slice(0, 120)} ${body ?? ''}: ${fault}`)
    }
  }
  return { asked, faults: [...faults.values()] }
}

async function operationsOf(url: string): Promise<Operation[]> {
  const openApi = (await ask(url, 'GET', '//api/millrace/v1/openapi.json')).json<OpenApi>()
  const contracts = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      method: method.toUpperCase(),
      path: `/api/millrace/v1${path}`,
      members: Object.keys(described.requestBody?.content['application/json']?.schema?.properties ?? {}),
    })),
  )
  const others = streams.map(([method, path]) => {
    return { method, path: `/api/millrace/v1/w/{workspace}${path}`, members: ['path', 'files', 'versionId', 'untilMs'] }
  })
  return [...contracts, ...others]
}

interface Case {
  readonly path: string
  readonly body?: string
  readonly type?: string
}

function casesOf({ method, path, members }: Operation): Case[] {
  const reads = method === 'GET' || method === 'DELETE'
  const unknown = filled(path, 'nothing-there')
  const odd = oddNames.map((name) => ({ path: filled(path, name), ...(reads ? {} : { body: '{}' }) }))
  if (reads) return [{ path: unknown }, ...oddQueries.map((query) => ({ path: `${unknown}?${query}` })), ...odd]
  const ill = oddValues.map((value) => JSON.stringify(Object.fromEntries(members.map((name) => [name, value]))))
  const bodies = [...damagedBodies, ...ill].map((body) => ({ path: unknown, body, type: 'application/json' }))
  return [...odd, ...bodies, { path: unknown, body: '<xml/>', type: 'text/xml' }]
}

function filled(path: string, name: string): string {
  return path.replace('{workspace}', 'default').replaceAll(/\{\w+\}/g, name)
}

function faultOf(answer: Answer): string | undefined {
  if (answer.status < 400) return undefined
  const said = `${answer.status} ${answer.text.slice(0, 300).replace(/req_\w+/, 'req_…')}`
  if (answer.status >= 500) return said
  if (!answer.type.includes('application/problem+json')) return `not a problem: ${said}`
  const { detail } = answer.json<{ detail?: unknown }>()
  return typeof detail === 'string' && /^["A-Z].*[.!?'"]$/s.test(detail) ? undefined : `no sentence: ${said}`
}
