import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Problem, problems } from '@millrace/contract'
import { loadPipeline } from '@millrace/pipelines/load'
import type { ApiClient } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import { parseAllDocuments } from 'yaml'

/** A resource as people keep it in git. */
interface Resource {
  readonly kind: string
  readonly name: string
  readonly spec: Record<string, unknown>
  readonly file: string
}

interface Planned {
  readonly resource: Resource
  readonly act: 'create' | 'change' | 'unchanged'
}

const applyProblem = problems('apply', {
  'bad-file': {
    status: 400,
    say: (p: { file: string; reason: string }) => `${p.file} cannot be applied: ${p.reason}.`,
  },
})

// In the order in which they refer to one another.
const collections: Readonly<Record<string, string>> = {
  Role: 'roles',
  Queue: 'queues',
  Dataset: 'datasets',
  Experiment: 'experiments',
  RegisteredModel: 'models',
  Study: 'studies',
  Pipeline: 'pipelines',
  Schedule: 'schedules',
  Policy: 'policies',
  Endpoint: 'endpoints',
  Monitor: 'monitors',
  AlertRule: 'alert-rules',
  ReleasePolicy: 'release-policies',
}

/** `millrace apply -f FILE|DIR`: declared resources, made so. */
export const apply = command({
  path: ['apply'],
  summary: 'Makes the server’s resources what YAML files say',
  usage: '-f FILE|DIR',
  options: [
    { name: 'file', describe: 'A YAML file or a folder of them; may be repeated', kind: 'list', value: 'PATH' },
    { name: 'dry-run', describe: 'Only show what would change', kind: 'flag' },
  ],
  examples: [
    'millrace apply --file examples/flight-delay/loop.yaml',
    'millrace apply --file infrastructure/ --dry-run',
  ],
  run: async ({ api, list, flag, args, show }) => {
    const paths = [...list('file'), ...args]
    if (paths.length === 0)
      throw applyProblem['bad-file']({ file: 'Nothing', reason: 'name a file or folder with --file' })
    const resources = (await Promise.all(paths.map(readResources))).flat().toSorted(byOrder)
    const planned: Planned[] = []
    for (const resource of resources) planned.push(await applyOne(api, resource, flag('dry-run')))
    show(
      planned.map(({ resource, act }) => ({ kind: resource.kind, name: resource.name, act })),
      planned,
      [
        { title: flag('dry-run') ? 'Would' : 'Did', value: (row) => row.act },
        { title: 'Kind', value: (row) => row.resource.kind },
        { title: 'Name', value: (row) => row.resource.name },
      ],
    )
    return exitCodes.ok
  },
})

async function applyOne(api: ApiClient, resource: Resource, dryRun: boolean): Promise<Planned> {
  const path = `/${collections[resource.kind]}/${encodeURIComponent(resource.name)}`
  const before = await currentSpec(api, path)
  const spec = await specOf(resource)
  if (dryRun)
    return { resource, act: before === undefined ? 'create' : includes(before, spec) ? 'unchanged' : 'change' }
  const answer = await api.put<{ spec?: unknown }>(path, spec)
  const same = before !== undefined && canonical(before) === canonical(answer.spec)
  return { resource, act: before === undefined ? 'create' : same ? 'unchanged' : 'change' }
}

async function currentSpec(api: ApiClient, path: string): Promise<unknown> {
  try {
    return (await api.get<{ spec: unknown }>(path)).spec
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error
  }
}

/** A pipeline's spec names its module; what is sent is the graph and the identity of its code. */
async function specOf(resource: Resource): Promise<Record<string, unknown>> {
  const { module, ...rest } = resource.spec
  if (resource.kind !== 'Pipeline' || typeof module !== 'string') return resource.spec
  const { name, ...loaded } = await loadPipeline(resolve(dirname(resource.file), module))
  if (name !== resource.name) {
    throw applyProblem['bad-file']({
      file: resource.file,
      reason: `its pipeline is called "${name}" in ${module}, not "${resource.name}"`,
    })
  }
  return { ...loaded, ...rest }
}

async function readResources(path: string): Promise<Resource[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw applyProblem['bad-file']({ file: path, reason: 'there is no such file or folder' })
  if (!found.isDirectory()) return parseFile(path, await readFile(path, 'utf8'))
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).toSorted((a, b) => (a < b ? -1 : 1))
  return (await Promise.all(names.map((name) => readResources(join(path, name))))).flat()
}

function parseFile(file: string, text: string): Resource[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [fault] = document.errors
    if (fault !== undefined) throw applyProblem['bad-file']({ file, reason: fault.message.split('\n')[0] ?? '' })
    const value: unknown = document.toJS()
    return value === null ? [] : [resourceOf(file, value)]
  })
}

function resourceOf(file: string, value: unknown): Resource {
  const { apiVersion, kind, metadata, spec } = value as {
    apiVersion?: unknown
    kind?: unknown
    metadata?: { name?: unknown }
    spec?: unknown
  } // each member is checked below
  if (apiVersion !== 'millrace/v1')
    throw applyProblem['bad-file']({ file, reason: 'each document needs "apiVersion: millrace/v1"' })
  if (typeof kind !== 'string' || collections[kind] === undefined) {
    throw applyProblem['bad-file']({
      file,
      reason: `"kind: ${String(kind)}" is not known; use one of ${Object.keys(collections).join(', ')}`,
    })
  }
  const name = metadata?.name
  if (typeof name !== 'string') throw applyProblem['bad-file']({ file, reason: `a ${kind} lacks metadata.name` })
  return { kind, name, file, spec: (spec ?? {}) as Record<string, unknown> } // the server checks it by its schema
}

function byOrder(a: Resource, b: Resource): number {
  const order = Object.keys(collections)
  return order.indexOf(a.kind) - order.indexOf(b.kind)
}

/** True when every member of `wanted` is in `current` with the same value. */
function includes(current: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    return canonical(current) === canonical(wanted)
  if (typeof current !== 'object' || current === null) return false
  return Object.entries(wanted).every(([key, value]) => includes(Reflect.get(current, key), value))
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
