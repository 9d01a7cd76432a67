import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  builtInRoles,
  covers,
  createGrantOf,
  createToken,
  createUser,
  createWorkspace,
  setAdministrator,
} from '@millrace/access'
import type { Endpoint, Ref } from '@millrace/contract'
import { pathParameters } from '@millrace/contract'
import type { Actor } from '@millrace/kernel'
import { loadConfig } from '@millrace/kernel'
import type { RunningServer } from '@millrace/server'
import { startServer } from '@millrace/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleOf } from './example-input.ts'

// Every endpoint of the composed server, asked over HTTP by every kind of caller, against what it declares.

/** Open to everybody, signed in or not: they are how one signs in. */
const open = new Set(['access.sign-in', 'access.read-session', 'access.sign-out'])
/** Inputs that no generator of ours finds. */
const inputs: Readonly<Record<string, Record<string, unknown>>> = {
  // What is made, renamed or deleted is not what the other endpoints ask about.
  'access.create-workspace': { name: 'made-by-a-caller' },
  'model-registry.rename-model': { name: 'doomed', newName: 'doomed-too' },
  'model-registry.delete-model': { name: 'doomed' },
  'experiment-tracking.rename-experiment': { name: 'doomed', newName: 'doomed-too' },
  'experiment-tracking.delete-experiment': { name: 'doomed' },
  'model-serving.delete-endpoint': { name: 'doomed' },
  'experiment-tracking.put-provenance': {
    id: 'nothing-there',
    command: null,
    workingDirectory: null,
    entryPoint: null,
    code: null,
    python: null,
    node: null,
    lockFiles: [],
    container: null,
    hardware: null,
    variables: {},
    data: [],
  },
  'model-registry.move-alias': { name: 'nothing-there', alias: 'champion', version: 1 },
}

/** These look for the thing before they ask who calls, so that one that is not there is 404 for everybody. */
const lookFirst = new Set(['experiment-tracking.remove-artifacts', 'model-registry.copy-version'])
/** These ask for more on the way: whoever holds a role on this one thing alone is refused by what it uses. */
const useMore = new Set(['pipelines.start-run', 'monitoring.put-monitor'])

interface Asked {
  readonly endpoint: Endpoint
  readonly input: Record<string, unknown>
  readonly on: Ref
}

/** A kind of caller, with what is expected of it. */
interface Caller {
  readonly name: string
  /** Patterns its roles on the workspace allow. */
  readonly patterns: readonly string[]
  readonly scopes?: readonly string[]
  /** What it was given on every thing that an endpoint names. */
  readonly onThings?: 'allow' | 'deny'
  readonly administersServer?: boolean
  readonly workspace?: string
}

const callers: readonly Caller[] = [
  ...Object.entries(builtInRoles).map(([name, patterns]) => ({ name, patterns })),
  { name: 'nobody', patterns: [] },
  { name: 'owner', patterns: [], onThings: 'allow' },
  { name: 'banned', patterns: ['*'], onThings: 'deny' },
  { name: 'limited', patterns: ['*'], scopes: ['read', 'experiment-tracking:write'] },
  { name: 'elsewhere', patterns: [], workspace: 'team' },
  { name: 'operator', patterns: [], administersServer: true },
]

const local: Actor = { id: 'local', kind: 'local', name: 'local' }
const folder = await mkdtemp(join(tmpdir(), 'millrace-matrix-'))
const here: { server?: RunningServer } = {}
const tokens = new Map<string, string>()
const asked: Asked[] = []

const kernel = () => {
  if (here.server === undefined) throw new Error('the server has not started')
  return here.server.kernel
}

beforeAll(async () => {
  const argv = ['--data-dir', join(folder, 'data'), '--port', '0', '--log-level', 'silent']
  here.server = await startServer(loadConfig({ argv, env: {}, cwd: folder }))
  const { domains, runtime } = kernel()
  const endpoints = domains.flatMap((domain) => [
    ...domain.operations.map((operation) => operation.endpoint as Endpoint), // a list has lost their types
    ...(domain.documented ?? []),
  ])
  for (const endpoint of endpoints) {
    const input = inputs[endpoint.name] ?? exampleOf(endpoint)
    if (input === undefined) throw new Error(`No input was found for ${endpoint.name}: add one to this test.`)
    asked.push({
      endpoint,
      input,
      on: endpoint.needs.on?.(endpoint.input.parse(input)) ?? { kind: 'workspace', id: '' },
    })
  }
  // Grants on what is there are kept under its lasting id, so it is there before they are given.
  for (const path of ['models/nothing-there', 'experiments/nothing-there', 'endpoints/nothing-there']) {
    await kernel().app.inject({
      method: 'PUT',
      url: `/api/millrace/v1/w/default/${path}`,
      payload: path.startsWith('endpoints') ? { model: 'nothing-there' } : {},
    })
  }
  await runtime.runner.act(createWorkspace, { name: 'team' }, { actor: local, workspace: 'default' })
  for (const caller of callers) await enrol(caller)
}, 120_000)

afterAll(async () => {
  await here.server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const isThing = ({ kind }: Ref) => !['workspace', 'server', 'self', 'list'].includes(kind)

async function enrol({ name, scopes, onThings, administersServer, workspace = 'default' }: Caller): Promise<void> {
  const { runner, resources } = kernel().runtime
  const context = { actor: local, workspace }
  const role = Object.hasOwn(builtInRoles, name) ? [name] : []
  const roles = { banned: ['admin'], limited: ['admin'], elsewhere: ['admin'] }[name] ?? role
  const { id } = await runner.act(createUser, { name, roles }, context)
  if (administersServer === true) await runner.act(setAdministrator, { id, administrator: true }, context)
  if (onThings !== undefined) {
    for (const { on } of asked.filter((one) => isThing(one.on))) {
      await runner.act(createGrantOf(resources), { user: id, role: 'admin', on, effect: onThings }, context)
    }
  }
  const limits = scopes === undefined ? {} : { scopes: [...scopes] }
  const { token } = await runner.act(createToken, { user: name, name: 'matrix', ...limits }, context)
  tokens.set(name, token)
}

/** What the declarations say: whether this caller gets past the door. */
function expected(caller: Caller, { endpoint, on }: Asked): boolean {
  const { permission } = endpoint.needs
  if (open.has(endpoint.name)) return true
  if (caller.scopes !== undefined && !covers(caller.scopes, permission)) return false
  if (on.kind === 'self' || caller.administersServer === true) return true
  return isThing(on) ? expectedOnThing(caller, endpoint) : expectedOnPlace(caller, permission, on)
}

function expectedOnThing({ name, onThings, patterns }: Caller, { name: asked, needs }: Endpoint): boolean {
  if (name === 'owner' && useMore.has(asked)) return false
  return onThings === undefined ? covers(patterns, needs.permission) : onThings === 'allow'
}

function expectedOnPlace({ patterns, onThings }: Caller, permission: string, on: Ref): boolean {
  if (on.kind === 'list') return patterns.length > 0 || onThings === 'allow'
  return on.kind === 'workspace' && (on.id === '' || on.id === 'default') && covers(patterns, permission)
}

/** Asks over HTTP; true when the caller got past the door, whatever came then. */
async function passes(caller: Caller, { endpoint, input, on }: Asked): Promise<boolean | string> {
  const answer = await kernel().app.inject({
    method: endpoint.method,
    ...addressOf(endpoint, input),
    headers: { authorization: `Bearer ${tokens.get(caller.name) ?? ''}`, ...typeOf(endpoint) },
  })
  return judge(
    answer.statusCode,
    answer.body,
    () => lookFirst.has(endpoint.name) && !expected(caller, { endpoint, input, on }),
  )
}

const refusals = new Set(['access/forbidden', 'access/out-of-scope'])

/** What an answer says of the door; a text where it says nothing. */
function judge(status: number, body: string, isHidden: () => boolean): boolean | string {
  if (status < 400) return true
  const code = /"code":"([^"]+)"/.exec(body)?.[1] ?? ''
  if (refusals.has(code) || (status === 404 && isHidden())) return false
  return isUndecided(status, code) ? `${status} ${body.slice(0, 200)}` : true
}

/** Nothing was let in or kept out by these. */
function isUndecided(status: number, code: string): boolean {
  if (code === 'access/wrong-password') return false
  return status === 401 || status >= 500 || code === 'kernel/invalid-input'
}

function addressOf(endpoint: Endpoint, input: Record<string, unknown>) {
  const names = new Set(pathParameters(endpoint.path))
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(input[name])))
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !names.has(name)))
  const base = endpoint.scope === 'server' ? '/api/millrace/v1' : '/api/millrace/v1/w/default'
  const inQuery = endpoint.method === 'GET' || endpoint.method === 'DELETE' || endpoint.bodyType !== undefined
  if (!inQuery) return { url: `${base}${path}`, payload: JSON.stringify(rest) }
  const query = new URLSearchParams(
    Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
  )
  const body = endpoint.bodyType === undefined ? {} : { payload: 'x' }
  return { url: `${base}${path}${query.size === 0 ? '' : `?${query.toString()}`}`, ...body }
}

function typeOf({ method, bodyType }: Endpoint): Record<string, string> {
  if (bodyType !== undefined) return { 'content-type': bodyType }
  return method === 'GET' || method === 'DELETE' ? {} : { 'content-type': 'application/json' }
}

describe('who gets past the door', () => {
  it('was asked of a whole server', () => {
    expect(asked.length).toBeGreaterThan(200)
  })
  it.each(callers.map((caller) => [caller.name, caller] as const))(
    'is as declared for %s, at every endpoint',
    async (_name, caller) => {
      const differing: string[] = []
      for (const one of asked) {
        const [wanted, found] = [expected(caller, one), await passes(caller, one)]
        if (wanted !== found) differing.push(`${one.endpoint.name} on ${one.on.kind}: ${wanted}, not ${found}`)
      }
      expect(differing).toEqual([])
    },
  )
  it('is nobody without a token, but for signing in', async () => {
    const strangers: string[] = []
    for (const { endpoint, input } of asked.filter((one) => !open.has(one.endpoint.name))) {
      const sent = { ...addressOf(endpoint, input), headers: { authorization: 'Bearer mlr_00', ...typeOf(endpoint) } }
      const { statusCode } = await kernel().app.inject({ method: endpoint.method, ...sent })
      if (statusCode !== 401) strangers.push(`${endpoint.name}: ${statusCode}`)
    }
    expect(strangers).toEqual([])
  })
})

describe('what lies in another workspace', () => {
  const send = async (method: 'GET' | 'PUT' | 'POST', workspace: string, path: string, payload?: object) =>
    kernel().app.inject({
      method,
      url: `/api/millrace/v1/w/${workspace}${path}`,
      headers: { authorization: `Bearer ${tokens.get('operator') ?? ''}` },
      ...(payload === undefined ? {} : { payload }),
    })
  it('is not there, even for somebody who may everything in both', async () => {
    await send('PUT', 'team', '/experiments/hidden', {})
    const run = (await send('POST', 'team', '/runs', { experiment: 'hidden' })).json<{ id: string }>()
    await send('PUT', 'team', '/models/hidden', {})
    await send('PUT', 'team', '/datasets/hidden', {})
    const paths = ['/experiments/hidden', `/runs/${run.id}`, '/models/hidden', '/datasets/hidden']
    for (const path of paths) {
      expect([path, (await send('GET', 'team', path)).statusCode]).toEqual([path, 200])
      expect([path, (await send('GET', 'default', path)).statusCode]).toEqual([path, 404])
    }
    for (const path of ['/experiments', '/models', '/datasets']) {
      expect((await send('GET', 'default', path)).body).not.toContain('hidden')
    }
  })
})
