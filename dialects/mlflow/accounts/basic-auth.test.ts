import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAccess, createAuthenticate, createAuthorizer } from '@millrace/access'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking } from '@millrace/experiment-tracking'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { onEachStore, temporaryFolder, testKernel } from '@millrace/kernel/testing'
import { createModelRegistry } from '@millrace/model-registry'
import { describe, expect, it, vi } from 'vitest'
import { createMlflowDialect } from '../mlflow.ts'

const admin = { name: 'admin', password: 'password1234' }
const secret = 'a long enough one'
const aNumber: unknown = expect.any(Number)

async function start(openStore: OpenStore, settings: readonly string[] = []): Promise<TestKernel> {
  return testKernel({
    database: await openStore(),
    settings: ['--app-name', 'basic-auth', ...settings],
    ports: (registries) => ({
      authorizer: createAuthorizer(registries),
      authenticate: createAuthenticate(registries),
      audit: { record: async () => {} },
      lineage: { add: async () => {} },
    }),
    domains: (runtime) => [
      createAccess(runtime, { announce: () => {} }),
      createDatasets(runtime),
      createExperimentTracking(runtime),
      createModelRegistry(runtime),
      createMlflowDialect(runtime),
    ],
  })
}

interface Person {
  readonly name: string
  readonly password: string
}

/** Sends a request as somebody; `path` begins with the version: `2.0/mlflow/…`. */
async function send(
  t: TestKernel,
  as: Person | undefined,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  more = {},
) {
  const authorization =
    as === undefined ? {} : { authorization: `Basic ${Buffer.from(`${as.name}:${as.password}`).toString('base64')}` }
  const sent = body === undefined ? {} : { payload: JSON.stringify(body) }
  const headers = { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more }
  const answer = await t.app.inject({ method, url: `/api/${path}`, headers, ...sent })
  // An answer is JSON where it is an answer, and text where it is a refusal.
  const isJson = String(answer.headers['content-type']).includes('json')
  const read: unknown = isJson ? answer.json() : answer.body
  return { status: answer.statusCode, body: read, headers: answer.headers }
}

async function aUser(t: TestKernel, name: string): Promise<Person> {
  const made = await send(t, admin, 'POST', '2.0/mlflow/users/create', { username: name, password: secret })
  expect(made.status).toBe(200)
  return { name, password: secret }
}

async function anExperiment(t: TestKernel, as: Person, name: string): Promise<string> {
  const made = await send(t, as, 'POST', '2.0/mlflow/experiments/create', { name })
  expect(made.status).toBe(200)
  return (made.body as { experiment_id: string }).experiment_id
}

onEachStore((openStore) => {
  describe('the application basic-auth', () => {
    it('asks for a name and a password, as MLflow’s clients expect it', async () => {
      const t = await start(openStore)
      const refused = await send(t, undefined, 'GET', '2.0/mlflow/experiments/get?experiment_id=0')
      expect(refused.status).toBe(401)
      expect(refused.headers['www-authenticate']).toBe('Basic realm="mlflow"')
      expect((await send(t, { ...admin, password: 'no' }, 'GET', '2.0/mlflow/users/current')).status).toBe(401)
      expect((await send(t, admin, 'GET', '2.0/mlflow/users/current')).body).toEqual({
        user: { id: aNumber, username: 'admin', is_admin: true },
        is_basic_auth: true,
      })
    })
    it('makes, lists, promotes and deletes users, for administrators alone', async () => {
      const t = await start(openStore)
      const ann = await aUser(t, 'Ann@example.com')
      const again = await send(t, admin, 'POST', '2.0/mlflow/users/create', { username: ann.name, password: secret })
      expect([again.status, again.body]).toMatchObject([400, { error_code: 'RESOURCE_ALREADY_EXISTS' }])
      const short = await send(t, admin, 'POST', '2.0/mlflow/users/create', { username: 'b', password: 'short' })
      expect(short.body).toMatchObject({ message: 'Password must be at least 12 characters.' })
      for (const [method, path, body] of [
        ['POST', 'users/create', { username: 'bo', password: secret }],
        ['GET', 'users/list', undefined],
        ['GET', 'users/get?username=admin', undefined],
        ['PATCH', 'users/update-admin', { username: ann.name, is_admin: true }],
        ['DELETE', 'users/delete', { username: 'admin' }],
      ] as const) {
        const answer = await send(t, ann, method, `2.0/mlflow/${path}`, body)
        expect({ path, status: answer.status, body: answer.body }).toEqual({
          path,
          status: 403,
          body: 'Permission denied',
        })
      }
      await send(t, admin, 'PATCH', '2.0/mlflow/users/update-admin', { username: ann.name, is_admin: true })
      const { users } = (await send(t, ann, 'GET', '2.0/mlflow/users/list')).body as { users: object[] }
      expect(users).toMatchObject([
        { username: 'admin', is_admin: true },
        { username: ann.name, is_admin: true, roles: [] },
      ])
      expect((await send(t, ann, 'DELETE', '2.0/mlflow/users/delete', { username: ann.name })).status).toBe(400)
      expect((await send(t, admin, 'DELETE', '2.0/mlflow/users/delete', { username: ann.name })).body).toEqual({})
      expect((await send(t, ann, 'GET', '2.0/mlflow/users/current')).status).toBe(401)
      await aUser(t, ann.name)
    })
    it('changes a password at once, one’s own only with the present one', async () => {
      const t = await start(openStore)
      const ann = await aUser(t, 'ann')
      const next = 'another long enough one'
      const change = (as: Person, more: object) =>
        send(t, as, 'PATCH', '2.0/mlflow/users/update-password', { username: 'ann', password: next, ...more })
      expect((await change(ann, {})).body).toMatchObject({
        message: 'Current password is required when changing your own password.',
      })
      expect((await change(ann, { current_password: 'wrong' })).body).toMatchObject({
        error_code: 'INVALID_PARAMETER_VALUE',
        message: 'Current password does not match.',
      })
      expect((await change(ann, { current_password: secret })).status).toBe(200)
      expect((await send(t, ann, 'GET', '2.0/mlflow/users/current')).status).toBe(401)
      expect((await send(t, { ...ann, password: next }, 'GET', '2.0/mlflow/users/current')).status).toBe(200)
    })
    it('lets everybody read and make experiments, and manage their own', async () => {
      const t = await start(openStore)
      const [ann, bo] = [await aUser(t, 'ann'), await aUser(t, 'bo')]
      const id = await anExperiment(t, ann, 'hers')
      const run = (as: Person) => send(t, as, 'POST', '2.0/mlflow/runs/create', { experiment_id: id })
      expect([(await run(ann)).status, (await run(bo)).status]).toEqual([200, 403])
      expect((await send(t, bo, 'GET', `2.0/mlflow/experiments/get?experiment_id=${id}`)).status).toBe(200)
      const remove = (as: Person) => send(t, as, 'POST', '2.0/mlflow/experiments/delete', { experiment_id: id })
      const give = (permission: string) =>
        send(t, ann, 'POST', '3.0/mlflow/users/permissions/grant', {
          username: 'bo',
          resource_type: 'experiment',
          resource_id: id,
          permission,
        })
      expect((await give('EDIT')).body).toEqual({})
      expect([(await run(bo)).status, (await remove(bo)).status]).toEqual([200, 403])
      const asked = `3.0/mlflow/users/permissions/get?username=bo&resource_type=experiment&resource_id=${id}`
      expect((await send(t, bo, 'GET', asked)).body).toEqual({ allowed: true, permission: 'EDIT' })
      expect((await send(t, bo, 'POST', '3.0/mlflow/users/permissions/grant', {})).status).not.toBe(200)
      await give('DENY')
      expect((await send(t, bo, 'GET', `2.0/mlflow/experiments/get?experiment_id=${id}`)).status).toBe(403)
      await send(t, ann, 'POST', '3.0/mlflow/users/permissions/revoke', {
        username: 'bo',
        resource_type: 'experiment',
        resource_id: id,
      })
      expect((await send(t, bo, 'GET', asked)).body).toEqual({ allowed: false, permission: 'READ' })
      // A grant stays with the experiment when it gets another name.
      await send(t, ann, 'POST', '2.0/mlflow/experiments/update', { experiment_id: id, new_name: 'still hers' })
      expect((await remove(ann)).status).toBe(200)
    })
    it('keeps files from those who may not read their experiment', async () => {
      const t = await start(openStore)
      const ann = await aUser(t, 'ann')
      const id = await anExperiment(t, admin, 'his')
      const made = await send(t, admin, 'POST', '2.0/mlflow/runs/create', { experiment_id: id })
      const { run } = made.body as { run: { info: { run_id: string } } }
      const files = `/api/2.0/mlflow-artifacts/artifacts/${id}/${run.info.run_id}/artifacts`
      const of = (as: Person) => ({
        authorization: `Basic ${Buffer.from(`${as.name}:${as.password}`).toString('base64')}`,
      })
      const upload = (as: Person) =>
        t.app.inject({
          method: 'PUT',
          url: `${files}/a.txt`,
          payload: 'secret',
          headers: { ...of(as), 'content-type': 'application/octet-stream' },
        })
      const read = async (as: Person) => [
        (await t.app.inject({ url: `${files}/a.txt`, headers: of(as) })).statusCode,
        (await t.app.inject({ url: `/api/2.0/mlflow/artifacts/list?run_id=${run.info.run_id}`, headers: of(as) }))
          .statusCode,
      ]
      expect([(await upload(ann)).statusCode, (await upload(admin)).statusCode]).toEqual([403, 200])
      expect([await read(ann), await read(admin)]).toEqual([
        [200, 200],
        [200, 200],
      ])
      await send(t, admin, 'POST', '3.0/mlflow/users/permissions/grant', {
        username: 'ann',
        resource_type: 'experiment',
        resource_id: id,
        permission: 'DENY',
      })
      expect(await read(ann)).toEqual([403, 403])
    })
    it('speaks the older calls for one experiment or model, too', async () => {
      const t = await start(openStore)
      const ann = await aUser(t, 'ann')
      const id = await anExperiment(t, admin, 'his')
      const path = '2.0/mlflow/experiments/permissions'
      const body = { experiment_id: id, username: 'ann', permission: 'EDIT' }
      const made = await send(t, admin, 'POST', `${path}/create`, body)
      expect(made.body).toEqual({
        experiment_permission: { experiment_id: id, user_id: aNumber, permission: 'EDIT' },
      })
      expect((await send(t, admin, 'POST', `${path}/create`, body)).body).toMatchObject({
        error_code: 'RESOURCE_ALREADY_EXISTS',
      })
      await send(t, admin, 'PATCH', `${path}/update`, { ...body, permission: 'NO_PERMISSIONS' })
      const read = `${path}/get?experiment_id=${id}&username=ann`
      expect((await send(t, admin, 'GET', read)).body).toMatchObject({
        experiment_permission: { permission: 'NO_PERMISSIONS' },
      })
      expect((await send(t, ann, 'GET', `2.0/mlflow/experiments/get?experiment_id=${id}`)).status).toBe(403)
      await send(t, admin, 'DELETE', `${path}/delete`, { experiment_id: id, username: 'ann' })
      expect((await send(t, admin, 'GET', read)).body).toMatchObject({
        error_code: 'RESOURCE_DOES_NOT_EXIST',
        message: `Experiment permission with experiment_id=${id} and username=ann not found`,
      })
      await send(t, ann, 'POST', '2.0/mlflow/registered-models/create', { name: 'm' })
      const model = await send(t, ann, 'POST', '2.0/mlflow/registered-models/permissions/create', {
        name: 'm',
        username: 'admin',
        permission: 'READ',
      })
      expect(model.body).toMatchObject({
        registered_model_permission: { workspace: 'default', name: 'm', permission: 'READ' },
      })
      const { user } = (await send(t, ann, 'GET', '2.0/mlflow/users/get?username=ann')).body as { user: object }
      expect(user).toMatchObject({ registered_model_permissions: [{ name: 'm', permission: 'MANAGE' }] })
    })
    it('shows in lists what somebody may read, and nothing else', async () => {
      const folder = await temporaryFolder()
      const path = join(folder, 'auth.ini')
      await writeFile(path, '[mlflow]\n# nobody sees what was not given\ndefault_permission = NO_PERMISSIONS\n')
      vi.stubEnv('MLFLOW_AUTH_CONFIG_PATH', path)
      const t = await start(openStore)
      vi.unstubAllEnvs()
      const ann = await aUser(t, 'ann')
      const ids = [await anExperiment(t, admin, 'one'), await anExperiment(t, admin, 'two')]
      for (const id of ids) await send(t, admin, 'POST', '2.0/mlflow/runs/create', { experiment_id: id })
      for (const name of ['m1', 'm2']) {
        await send(t, admin, 'POST', '2.0/mlflow/registered-models/create', { name })
        await send(t, admin, 'POST', '2.0/mlflow/model-versions/create', { name, source: 's3://bucket/model' })
      }
      const seen = async (as: Person) => {
        const get = async (path: string, list: string, name: string) => {
          const answer = await send(t, as, 'GET', `2.0/mlflow/${path}`)
          expect(answer.status).toBe(200)
          const found = ((answer.body as Record<string, Record<string, string>[]>)[list] ?? []).map((row) => row[name])
          return found.map(String).toSorted((one, other) => (one < other ? -1 : 1))
        }
        const runs = await send(t, as, 'POST', '2.0/mlflow/runs/search', { experiment_ids: ids })
        return {
          experiments: await get('experiments/search?max_results=10', 'experiments', 'name'),
          models: await get('registered-models/search', 'registered_models', 'name'),
          versions: await get('model-versions/search', 'model_versions', 'name'),
          runs: ((runs.body as { runs?: object[] }).runs ?? []).length,
        }
      }
      const all = { experiments: ['Default', 'one', 'two'], models: ['m1', 'm2'], versions: ['m1', 'm2'], runs: 2 }
      expect(await seen(admin)).toEqual(all)
      // Somebody without anything is told nothing at all.
      expect(await seen(ann)).toEqual({ experiments: [], models: [], versions: [], runs: 0 })
      const give = (type: string, id: string) =>
        send(t, admin, 'POST', '3.0/mlflow/users/permissions/grant', {
          username: 'ann',
          resource_type: type,
          resource_id: id,
          permission: 'READ',
        })
      await give('experiment', ids[1] ?? '')
      await give('registered_model', 'm1')
      expect(await seen(ann)).toEqual({ experiments: ['two'], models: ['m1'], versions: ['m1'], runs: 1 })
      await give('experiment', '*')
      expect(await seen(ann)).toMatchObject({ experiments: ['Default', 'one', 'two'], runs: 2, models: ['m1'] })
    })
    it('has roles with permissions, assigned to users', async () => {
      const t = await start(openStore)
      const ann = await aUser(t, 'ann')
      const id = await anExperiment(t, admin, 'his')
      const post = (path: string, body: object, as = admin) => send(t, as, 'POST', `3.0/mlflow/roles/${path}`, body)
      const made = await post('create', { name: 'Data People', workspace: 'default', description: 'all' })
      expect(made.body).toMatchObject({
        role: { name: 'Data People', workspace: 'default', description: 'all', permissions: [] },
      })
      const { role } = made.body as { role: { id: number } }
      const added = await post('permissions/add', {
        role_id: role.id,
        resource_type: 'experiment',
        resource_pattern: '*',
        permission: 'EDIT',
      })
      expect(added.body).toMatchObject({
        role_permission: { role_id: role.id, resource_type: 'experiment', resource_pattern: '*', permission: 'EDIT' },
      })
      expect((await post('create', { name: 'x', workspace: 'default' }, ann)).status).toBe(403)
      const run = () => send(t, ann, 'POST', '2.0/mlflow/runs/create', { experiment_id: id })
      expect((await run()).status).toBe(403)
      expect((await post('assign', { username: 'ann', role_id: role.id })).body).toMatchObject({
        assignment: { role_id: role.id },
      })
      expect((await run()).status).toBe(200)
      const { role_permission: permission } = added.body as { role_permission: { id: number } }
      const changed = await send(t, admin, 'PATCH', '3.0/mlflow/roles/permissions/update', {
        role_permission_id: permission.id,
        permission: 'DENY',
      })
      expect(changed.body).toMatchObject({ role_permission: { id: permission.id, permission: 'DENY' } })
      expect((await run()).status).toBe(403)
      const listed = await send(t, ann, 'GET', '3.0/mlflow/users/roles/list?username=ann')
      expect(listed.body).toMatchObject({ roles: [{ id: role.id, permissions: [{ permission: 'DENY' }] }] })
      await send(t, admin, 'DELETE', '3.0/mlflow/roles/delete', { role_id: role.id })
      expect((await send(t, admin, 'GET', `3.0/mlflow/roles/get?role_id=${role.id}`)).body).toMatchObject({
        error_code: 'RESOURCE_DOES_NOT_EXIST',
        message: `Role with id=${role.id} not found`,
      })
      expect((await run()).status).toBe(403)
    })
    it('makes its administrator from the settings, and refuses one without a password of its own beyond this machine', async () => {
      vi.stubEnv('MLFLOW_AUTH_ADMIN_USERNAME', 'root')
      vi.stubEnv('MLFLOW_AUTH_ADMIN_PASSWORD', 'a password of ours')
      const t = await start(openStore)
      const root = { name: 'root', password: 'a password of ours' }
      expect((await send(t, root, 'GET', '2.0/mlflow/users/current')).status).toBe(200)
      expect((await send(t, admin, 'GET', '2.0/mlflow/users/current')).status).toBe(401)
      vi.unstubAllEnvs()
      await expect(start(openStore, ['--host', '0.0.0.0'])).rejects.toThrow(/password of your own/)
    })
  })

  describe('workspaces', () => {
    it('are served where they were asked for, and keep what is in them apart', async () => {
      const t = await start(openStore, ['--enable-workspaces'])
      const ann = await aUser(t, 'ann')
      const made = await send(t, admin, 'POST', '3.0/mlflow/workspaces', { name: 'team', description: 'ours' })
      expect([made.status, made.body]).toEqual([201, { workspace: { name: 'team', description: 'ours' } }])
      expect((await send(t, ann, 'POST', '3.0/mlflow/workspaces', { name: 'mine' })).status).toBe(403)
      expect((await send(t, admin, 'POST', '3.0/mlflow/workspaces', { name: 'default' })).body).toMatchObject({
        message: "The 'default' workspace is reserved and cannot be created",
      })
      const listed = (as: Person) => send(t, as, 'GET', '3.0/mlflow/workspaces')
      expect((await listed(admin)).body).toMatchObject({ workspaces: [{ name: 'default' }, { name: 'team' }] })
      expect((await listed(ann)).body).toEqual({ workspaces: [] })
      const team = { 'x-mlflow-workspace': 'team' }
      const create = (as: Person, name: string, more = {}) =>
        send(t, as, 'POST', '2.0/mlflow/experiments/create', { name }, more)
      expect([(await create(ann, 'a', team)).status, (await create(ann, 'a')).status]).toEqual([403, 403])
      expect((await create(admin, 'a', team)).status).toBe(200)
      expect((await send(t, admin, 'GET', '2.0/mlflow/experiments/get-by-name?experiment_name=a')).status).toBe(404)
      expect((await create(admin, 'a', { 'x-mlflow-workspace': 'nowhere' })).status).toBe(404)
      const role = (await send(t, admin, 'POST', '3.0/mlflow/roles/create', { name: 'members', workspace: 'team' }))
        .body as { role: { id: number } }
      await send(t, admin, 'POST', '3.0/mlflow/roles/permissions/add', {
        role_id: role.role.id,
        resource_type: 'workspace',
        resource_pattern: '*',
        permission: 'USE',
      })
      await send(t, admin, 'POST', '3.0/mlflow/roles/assign', { username: 'ann', role_id: role.role.id })
      expect((await create(ann, 'b', team)).status).toBe(200)
      expect((await listed(ann)).body).toMatchObject({ workspaces: [{ name: 'team' }] })
      const full = await send(t, admin, 'DELETE', '3.0/mlflow/workspaces/team')
      expect(full.status).toBe(409)
      await send(t, admin, 'POST', '3.0/mlflow/workspaces', { name: 'empty' })
      expect((await send(t, admin, 'DELETE', '3.0/mlflow/workspaces/empty')).status).toBe(204)
    })
    it('say that they are off elsewhere', async () => {
      const t = await start(openStore)
      expect((await send(t, admin, 'GET', '3.0/mlflow/workspaces')).status).toBe(503)
    })
  })
})
