import { Problem } from '@millrace/contract'
import type {
  DialectCall,
  EndpointView,
  ManageOptions,
  ModelManager,
  PlaneDialect,
  PlaneView,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { decode, json } from '../values/paths.ts'
import { managementDescription } from './api-description.ts'
import {
  methodNotAllowed,
  ownVersion,
  refuseTorch,
  torchError,
  torchStatus,
  torchVersion,
} from './torchserve-answer.ts'

const modelPath = /^\/models\/([^/]+)(?:\/([^/]+))?(\/set-default)?\/?$/

/** TorchServe's management API: list, describe, register, scale, unregister, default version; workflows are absent. */
export const torchserveManagement: PlaneDialect = {
  name: 'torchserve-management',
  match: ({ method, path, query }): DialectCall | undefined => {
    if (path === '/models' || path === '/models/') return matchModels(method, new URLSearchParams(query))
    if (path === '/workflows' || path.startsWith('/workflows/')) return say(() => workflows(method, path))
    if (path === '/' && method === 'OPTIONS') return say(() => json(200, managementDescription()))
    return matchOne(method, path, query)
  },
  refuse: refuseTorch,
}

function matchOne(method: string, path: string, query: string): DialectCall | undefined {
  const [, name, version, isDefault] = modelPath.exec(path) ?? []
  if (name === undefined) return undefined
  const one = { name: decode(name), version: version === undefined ? undefined : decode(version) }
  if (isDefault === undefined) return matchModel(method, one, new URLSearchParams(query))
  return method === 'PUT' ? manage((manager) => setDefault(manager, one)) : say(methodNotAllowed)
}

interface Named {
  readonly name: string
  readonly version: string | undefined
}

function matchModels(method: string, query: URLSearchParams): DialectCall {
  if (method === 'GET') return say((view) => listModels(view, query))
  return method === 'POST' ? manage((manager) => register(manager, query)) : say(methodNotAllowed)
}

function matchModel(method: string, one: Named, query: URLSearchParams): DialectCall {
  if (method === 'GET') return say((view) => describe(view, one))
  if (method === 'PUT') return manage((manager) => scale(manager, one, query))
  return method === 'DELETE' ? manage((manager) => unregister(manager, one)) : say(methodNotAllowed)
}

function workflows(method: string, path: string): WireAnswer {
  if (method === 'GET' && path === '/workflows') return json(200, { workflows: [] })
  if (method === 'POST') return torchError(501, 'There are no workflows here; an inference graph does the same.')
  return torchError(404, `Workflow not found: ${decode(path.slice(11))}`, 'WorkflowNotFoundException')
}

function listModels({ names }: PlaneView, query: URLSearchParams): WireAnswer {
  const asked = wholeNumber(query.get('limit')) ?? 100
  const limit = asked < 1 ? 100 : asked
  const from = Math.max(wholeNumber(query.get('next_page_token')) ?? 0, 0)
  const page = names.slice(from, from + limit)
  const next = from + limit < names.length ? { nextPageToken: String(from + limit) } : {}
  return json(200, { ...next, models: page.map((name) => ({ modelName: name, modelUrl: `${name}.mar` })) })
}

function describe(view: PlaneView, { name, version }: Named): WireAnswer {
  const found = view.endpoint(name)
  if (found === undefined) return torchError(404, `Model not found: ${name}`)
  if (version === 'all' || version === undefined) {
    const shown = version === 'all' ? found.versions : found.versions.slice(0, 1)
    return json(
      200,
      shown.map((one) => describeVersion(found, one)),
    )
  }
  const absent = absentVersion(view, { name, version })
  return absent ?? json(200, [describeVersion(found, ownVersion(version))])
}

function describeVersion(found: EndpointView, version: string) {
  const worker = {
    id: '9000',
    startTime: new Date(startedAtMs).toISOString(),
    status: 'READY',
    memoryUsage: 0,
    pid: process.pid,
    gpu: false,
    gpuUsage: 'N/A',
  }
  const workers = found.ready ? [worker] : []
  return {
    modelName: found.name,
    modelVersion: torchVersion(version),
    modelUrl: `${found.name}.mar`,
    runtime: found.platform,
    minWorkers: workers.length,
    maxWorkers: workers.length,
    batchSize: Math.max(found.maxBatchRows, 1),
    maxBatchDelay: 0,
    loadedAtStartup: false,
    workers,
    jobQueueStatus: { remainingCapacity: 4096, pendingRequests: 0 },
  }
}

const startedAtMs = Date.now()

/** `POST /models?url=…`: the name is said, or that of the archive. */
async function register(manager: ModelManager, query: URLSearchParams): Promise<WireAnswer> {
  const wrong = wrongRegistration(query)
  if (wrong !== undefined) return wrong
  const url = query.get('url') ?? ''
  const name = query.get('model_name') ?? nameOfArchive(url)
  if (manager.view.endpoint(name) !== undefined) {
    return torchError(409, `Model version 1.0 is already registered for model ${name}`)
  }
  await manager.register(name, url, optionsOf(query))
  const workers = wholeNumber(query.get('initial_workers')) ?? 0
  if (workers > 0 && query.get('synchronous') === 'false') return torchStatus(202, 'Processing worker updates...')
  const later = workers === 0 ? '. Use scale workers API to add workers for the model.' : ''
  return torchStatus(200, `Model "${name}" Version: 1.0 registered with ${workers} initial workers${later}`)
}

function wrongRegistration(query: URLSearchParams): WireAnswer | undefined {
  const [url, runtime] = [query.get('url'), query.get('runtime')]
  if (url === null) return torchError(400, 'Parameter url is required.')
  if (url === '') return torchError(404, 'The url is empty; name an archive of this server’s model repository.')
  if (runtime === null || /^(python3?|lsp)$/i.test(runtime)) return undefined
  return torchError(400, `Invalid RuntimeType value: ${runtime}`)
}

function nameOfArchive(url: string): string {
  return decode(url.split('?', 1)[0]?.split('/').at(-1) ?? url).replace(/\.(mar|tar\.gz|zip)$/, '')
}

async function scale(manager: ModelManager, { name, version }: Named, query: URLSearchParams): Promise<WireAnswer> {
  const absent = absentVersion(manager.view, { name, version })
  if (absent !== undefined) return absent
  const least = wholeNumber(query.get('min_worker')) ?? 1
  const most = wholeNumber(query.get('max_worker')) ?? least
  if (least < 0) return torchError(400, 'min_worker cannot be less than 0')
  if (most < least) return torchError(400, 'max_worker cannot be less than min_worker')
  await orNotFound(manager, name, () => manager.load(name, { ...optionsOf(query), ...versionOf(version) }))
  if (query.get('synchronous') !== 'true') return torchStatus(202, 'Processing worker updates...')
  const of = version === undefined ? '' : `, version: ${version}`
  return torchStatus(200, `Workers scaled to ${least} for model: ${name}${of}`)
}

async function unregister(manager: ModelManager, { name, version }: Named): Promise<WireAnswer> {
  const absent = absentVersion(manager.view, { name, version })
  if (absent !== undefined) return absent
  if (manager.view.endpoint(name) === undefined) return torchError(404, `Model not found: ${name}`)
  await orNotFound(manager, name, () => manager.unload(name, versionOf(version)))
  return torchStatus(200, `Model "${name}" unregistered`)
}

async function setDefault(manager: ModelManager, { name, version }: Named): Promise<WireAnswer> {
  const absent = absentVersion(manager.view, { name, version })
  if (absent !== undefined) return absent
  await orNotFound(manager, name, () => manager.load(name, { ...versionOf(version), set_default: true }))
  return torchStatus(200, `Default version succsesfully updated for model "${name}" to "${version ?? ''}"`)
}

/** The refusal of a version that a model which is served does not have. */
function absentVersion(view: PlaneView, { name, version }: Named): WireAnswer | undefined {
  const found = view.endpoint(name)
  if (found === undefined || version === undefined || found.versions.includes(ownVersion(version))) return undefined
  return torchError(404, `Model version: ${version} does not exist for model: ${name}`, 'ModelVersionNotFoundException')
}

/** A model that is nowhere is 404 here, whether or not models can be managed. */
async function orNotFound(manager: ModelManager, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const absent = error instanceof Problem && manager.view.endpoint(name) === undefined
    if (absent) throw new Problem('model-serving/plane/unknown-endpoint', 404, `Model not found: ${name}`, {}, error)
    throw error
  }
}

function optionsOf(query: URLSearchParams): ManageOptions {
  return Object.fromEntries([...query].filter(([key]) => key !== 'url' && key !== 'model_name'))
}

function versionOf(version: string | undefined): ManageOptions {
  return version === undefined ? {} : { version: ownVersion(version) }
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined
}

function say(answer: (view: PlaneView) => WireAnswer): DialectCall {
  return { kind: 'describe', answer }
}

function manage(run: (manager: ModelManager) => Promise<WireAnswer>): DialectCall {
  return { kind: 'manage', run }
}
