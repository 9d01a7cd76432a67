import { Problem } from '@millrace/contract'
import { deleteVersion, readModel } from '@millrace/model-registry'
import type { TestKernel } from '@millrace/kernel/testing'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { endpointHashOf, makePredictionId } from '../model/prediction-id.ts'
import { aVersionOf, servingDomains } from '../testing/a-served-model.ts'
import { advanceRollout } from './advance-rollout.ts'
import { deleteEndpoint } from './delete-endpoint.ts'
import { deployVersion } from './deploy-version.ts'
import { nodeKinds, resources } from './describe-nodes.ts'
import { putEndpoint } from './put-endpoint.ts'
import { listDeployments, listEndpoints, listRollouts, readEndpoint, readRollout } from './read-endpoints.ts'
import { recordGroundTruth } from './record-ground-truth.ts'
import { settleDeployment } from './settle-deployment.ts'
import { startRollout } from './start-rollout.ts'
import { pauseRollout, promoteRollout, resumeRollout, rollBackRollout } from './steer-rollout.ts'

const context = { actor: aPerson('ann'), workspace: 'default' }
const plan = {
  steps: [{ weight: 10, minPredictions: 1 }, { weight: 50 }],
  guardrails: [{ name: 'errors', metric: 'error_rate' as const, limit: 0.01 }],
}
const nothingSeen = { verdicts: [], progress: { predictions: 0, labels: 0 } }

onEachStore((openStore) => {
  const start = async (guard?: (payload: unknown) => void) => {
    const t = await testKernel({
      database: await openStore(),
      // Its actions alone: nothing is started, so no data plane runs.
      domains: (runtime) => [
        ...servingDomains(runtime, 'none').domains.map((domain) =>
          domain.name === 'model-serving' ? { ...domain, start: async () => {}, stop: async () => {} } : domain,
        ),
        {
          name: 'governance',
          migrations: {},
          operations: [],
          guards: {
            'model-serving.deploy': async (_scope, payload) => guard?.(payload),
            'model-registry.move-alias': async (_scope, payload) => guard?.(payload),
          },
        },
      ],
    })
    await t.act(putEndpoint, { name: 'e', model: 'tiny' })
    const version = async () => (await aVersionOf(t.runtime, context, 'tiny', Buffer.from(`model ${Math.random()}`))).id
    return { t, version }
  }
  const withChampion = async (guard?: (payload: unknown) => void) => {
    const { t, version } = await start(guard)
    const [one, two] = [await version(), await version()]
    const champion = await t.act(deployVersion, { name: 'e', versionId: one })
    await t.act(settleDeployment, { id: champion.id, state: 'ready' })
    t.clock.advance(1)
    return { t, version, one, two, champion }
  }
  const weights = async (t: TestKernel) =>
    (await t.ask(readEndpoint, { name: 'e' })).deployments.map(({ role, weight, state }) => [role, weight, state])
  const aliasOf = async (t: TestKernel) => (await t.ask(readModel, { name: 'tiny' })).aliases['champion']

  describe('an endpoint', () => {
    it('is declared by one PUT, and the same PUT again changes nothing', async () => {
      const { t } = await start()
      const before = t.auditTrail.length
      const again = await t.act(putEndpoint, { name: 'e', model: 'tiny' })
      expect(again.spec).toMatchObject({
        model: 'tiny',
        description: '',
        logging: { enabled: true },
        score: { threshold: 0.5 },
      })
      expect(t.auditTrail).toHaveLength(before)
      await t.act(putEndpoint, { name: 'e', model: 'tiny', logging: { enabled: false } })
      expect(t.auditTrail).toHaveLength(before + 1)
      await expect(t.act(putEndpoint, { name: 'e', model: 'other' })).rejects.toThrow(
        'serves the model "tiny", not "other"',
      )
    })
    it('is listed by name, page by page, and unknown ones are said to be unknown', async () => {
      const { t } = await start()
      await t.act(putEndpoint, { name: 'a', model: 'tiny' })
      const first = await t.ask(listEndpoints, { limit: 1 })
      expect(first.items.map(({ name }) => name)).toEqual(['a'])
      const second = await t.ask(listEndpoints, { limit: 1, pageToken: first.nextPageToken })
      expect(second.items.map(({ name }) => name)).toEqual(['e'])
      await expect(t.ask(readEndpoint, { name: 'x' })).rejects.toThrow('There is no endpoint "x".')
    })
    it('can be deleted, and comes back under its old id', async () => {
      const { t, champion } = await withChampion()
      const { id } = await t.ask(readEndpoint, { name: 'e' })
      await t.act(deleteEndpoint, { name: 'e' })
      await expect(t.ask(readEndpoint, { name: 'e' })).rejects.toThrow(Problem)
      expect(await t.act(putEndpoint, { name: 'e', model: 'tiny' })).toMatchObject({ id, deployments: [] })
      expect((await t.ask(listDeployments, { name: 'e' })).items).toMatchObject([{ id: champion.id, state: 'stopped' }])
    })
  })

  describe('deploying a version', () => {
    it('makes it the champion, moves the alias with it, and keeps the one before until it is loaded', async () => {
      const { t, two, champion } = await withChampion()
      const next = await t.act(deployVersion, { name: 'e', versionId: two, reason: 'better' })
      expect(next).toMatchObject({ version: 2, role: 'champion', weight: 100, state: 'loading' })
      expect(await aliasOf(t)).toBe(2)
      expect(await weights(t)).toEqual([
        ['retired', 0, 'draining'],
        ['champion', 100, 'loading'],
      ])
      await t.act(settleDeployment, { id: next.id, state: 'ready' })
      await t.act(settleDeployment, { id: champion.id, state: 'stopped' })
      expect(await weights(t)).toEqual([['champion', 100, 'ready']])
      expect(t.edges).toContainEqual({
        from: { kind: 'deployment', id: next.id },
        type: 'replaced',
        to: { kind: 'deployment', id: champion.id },
      })
      expect(await t.events('model-serving.deployment.ready')).toHaveLength(2)
    })
    it('refuses a version that is there already, of another model, or that nobody knows', async () => {
      const { t, one } = await withChampion()
      await expect(t.act(deployVersion, { name: 'e', versionId: one })).rejects.toThrow(
        'Version 1 is at the endpoint "e" already.',
      )
      const other = await aVersionOf(t.runtime, context, 'other', Buffer.from('x'))
      await expect(t.act(deployVersion, { name: 'e', versionId: other.id })).rejects.toThrow(
        'serves the model "tiny", not "other"',
      )
      await expect(t.act(deployVersion, { name: 'e', versionId: 'ver_none' })).rejects.toThrow(
        'There is no model version',
      )
    })
    it('leaves nothing behind when a guard refuses it', async () => {
      const { t, version } = await start(() => {
        throw new Problem('governance/refused', 403, 'It needs an approval.')
      })
      const versionId = await version()
      await expect(t.act(deployVersion, { name: 'e', versionId })).rejects.toThrow('It needs an approval.')
      expect(await weights(t)).toEqual([])
    })
    it('keeps its version from being deleted', async () => {
      const { t, one, two, champion } = await withChampion()
      await t.act(deployVersion, { name: 'e', versionId: two })
      await expect(t.act(deleteVersion, { id: one })).rejects.toThrow('it serves the endpoint "e"')
      await t.act(settleDeployment, { id: champion.id, state: 'stopped' })
      await t.act(deleteVersion, { id: one })
    })
  })

  describe('a rollout', () => {
    it('needs a champion, and only one is under way at a time', async () => {
      const { t, version } = await start()
      const one = await version()
      await expect(t.act(startRollout, { name: 'e', versionId: one, plan })).rejects.toThrow(
        'has no champion to compare with',
      )
      await t.act(deployVersion, { name: 'e', versionId: one })
      t.clock.advance(1)
      const rollout = await t.act(startRollout, { name: 'e', versionId: await version(), plan })
      expect(await weights(t)).toEqual([
        ['champion', 90, 'loading'],
        ['canary', 10, 'loading'],
      ])
      const three = await version()
      const refused = [
        () => t.act(startRollout, { name: 'e', versionId: three, plan }),
        () => t.act(deployVersion, { name: 'e', versionId: three }),
        () => t.act(deleteEndpoint, { name: 'e' }),
      ]
      for (const act of refused) {
        await expect(act()).rejects.toThrow(`The rollout ${rollout.id} is under way`)
      }
    })
    it('goes from shadow through its steps to the champion, in one transaction with the alias', async () => {
      const { t, two, champion } = await withChampion()
      const { id } = await t.act(startRollout, {
        name: 'e',
        versionId: two,
        plan: { ...plan, shadow: { minPredictions: 5 } },
      })
      expect(await weights(t)).toEqual([
        ['champion', 100, 'ready'],
        ['shadow', 0, 'loading'],
      ])
      await t.act(advanceRollout, { id, step: -1, decision: 'pass-step', ...nothingSeen })
      expect(await weights(t)).toEqual([
        ['champion', 90, 'ready'],
        ['canary', 10, 'loading'],
      ])
      await t.act(advanceRollout, { id, step: 0, decision: 'pass-step', ...nothingSeen })
      expect(
        await t.act(advanceRollout, { id, step: 1, decision: 'promote', ...nothingSeen, reason: 'Enough.' }),
      ).toMatchObject({ state: 'promoted', reason: 'Enough.' })
      expect(await weights(t)).toEqual([
        ['retired', 0, 'draining'],
        ['champion', 100, 'loading'],
      ])
      expect(await aliasOf(t)).toBe(2)
      const names = (await t.events()).map(({ name }) => name).filter((name) => name.includes('rollout'))
      expect(names).toEqual([
        'model-serving.rollout.started',
        'model-serving.rollout.step-passed',
        'model-serving.rollout.step-passed',
        'model-serving.rollout.promoted',
      ])
      expect(t.edges).toContainEqual(
        expect.objectContaining({ type: 'replaced', to: { kind: 'deployment', id: champion.id } }),
      )
    })
    it('gives the traffic back when a guardrail fails, and says which', async () => {
      const { t, two } = await withChampion()
      const { id } = await t.act(startRollout, { name: 'e', versionId: two, plan })
      await t.act(advanceRollout, {
        id,
        step: 0,
        decision: 'roll-back',
        ...nothingSeen,
        guardrail: 'errors',
        reason: 'Too many.',
      })
      expect(await weights(t)).toEqual([
        ['champion', 100, 'ready'],
        ['retired', 0, 'draining'],
      ])
      expect(await t.events('model-serving.rollout.rolled-back')).toMatchObject([
        { payload: { id, guardrail: 'errors', reason: 'Too many.', endpoint: 'e', versionId: two } },
      ])
      expect(await aliasOf(t)).toBe(1)
    })
    it('ignores evidence of a step that is over, of a paused one and of an ended one', async () => {
      const { t, two } = await withChampion()
      const { id } = await t.act(startRollout, { name: 'e', versionId: two, plan })
      await t.act(advanceRollout, { id, step: 1, decision: 'promote', ...nothingSeen })
      await t.act(pauseRollout, { id, reason: 'labels look wrong' })
      await t.act(advanceRollout, { id, step: 0, decision: 'roll-back', ...nothingSeen })
      expect(await t.ask(readRollout, { id })).toMatchObject({ state: 'canary', step: 0, paused: true })
      await t.act(resumeRollout, { id })
      await t.act(rollBackRollout, { id, reason: 'no' })
      await t.act(advanceRollout, { id, step: 0, decision: 'promote', ...nothingSeen })
      expect(await t.ask(readRollout, { id })).toMatchObject({ state: 'rolled_back', reason: 'no' })
      await expect(t.act(promoteRollout, { id })).rejects.toThrow(
        'is rolled back; only one in shadow or canary can be promoted',
      )
    })
    it('can be promoted by a person, and stays as it is when the alias is guarded', async () => {
      let refuses = false
      const { t, two } = await withChampion(() => {
        if (refuses) throw new Problem('governance/refused', 403, 'It needs an approval.')
      })
      const { id } = await t.act(startRollout, { name: 'e', versionId: two, plan })
      refuses = true
      await expect(t.act(promoteRollout, { id })).rejects.toThrow('It needs an approval.')
      expect(await weights(t)).toEqual([
        ['champion', 90, 'ready'],
        ['canary', 10, 'loading'],
      ])
      refuses = false
      expect(await t.act(promoteRollout, { id })).toMatchObject({ state: 'promoted' })
    })
    it('writes verdicts without an audit record, and lists rollouts, the newest first', async () => {
      const { t, one, two } = await withChampion()
      const { id } = await t.act(startRollout, { name: 'e', versionId: two, plan })
      const before = t.auditTrail.length
      const reading = {
        guardrail: 'errors',
        metric: 'error_rate' as const,
        verdict: 'pass' as const,
        champion: 0,
        canary: 0,
        difference: 0,
        lower: -0.01,
        upper: 0.005,
        limit: 0.01,
        n: 500,
      }
      await t.act(advanceRollout, {
        id,
        step: 0,
        decision: 'keep',
        verdicts: [reading],
        progress: { predictions: 500, labels: 20 },
      })
      expect(await t.ask(readRollout, { id })).toMatchObject({
        verdicts: [reading],
        progress: { predictions: 500, labels: 20 },
      })
      expect(t.auditTrail).toHaveLength(before)
      await t.act(promoteRollout, { id })
      t.clock.advance(5)
      const second = await t.act(startRollout, { name: 'e', versionId: one, plan })
      const page = await t.ask(listRollouts, { name: 'e', limit: 1 })
      expect(page.items.map((item) => item.id)).toEqual([second.id])
      expect(
        (await t.ask(listRollouts, { name: 'e', limit: 1, pageToken: page.nextPageToken })).items.map(
          (item) => item.id,
        ),
      ).toEqual([id])
    })
  })

  describe('ground truth', () => {
    const idOf = (endpoint: string, atMs: number) =>
      makePredictionId(atMs, endpointHashOf('default', endpoint), new Uint8Array(12))

    it('is counted per row and kept with the commit', async () => {
      const { t } = await start()
      const [first, second] = [idOf('e', 1000), idOf('e', 2000)]
      expect(
        await t.ingest(recordGroundTruth, {
          name: 'e',
          batches: [{ id: first, values: [1, 0, null] }],
          labels: [{ id: `${second}.4`, value: 0.5 }],
        }),
      ).toEqual({ rows: 4 })
      t.clock.advance(120_000)
      await t.kernel.chores.runNow('kernel.close-ingest-counts')
      expect(t.auditTrail.at(-1)).toMatchObject({
        action: 'model-serving.record-ground-truth',
        after: { rows: 4, requests: 1 },
      })
    })
    it('is refused whole when one id is none, lacks its row, or is another endpoint’s', async () => {
      const { t } = await start()
      const send = (batches: { id: string; values: number[] }[], labels: { id: string; value: number }[] = []) =>
        t.ingest(recordGroundTruth, { name: 'e', batches, labels })
      await expect(send([{ id: 'pred_x', values: [1] }])).rejects.toThrow('"pred_x" is not a prediction id')
      await expect(send([], [{ id: idOf('e', 1), value: 1 }])).rejects.toThrow('is not a prediction id')
      await expect(send([{ id: `${idOf('e', 1)}.0`, values: [1] }])).rejects.toThrow('is not a prediction id')
      await expect(send([{ id: idOf('other', 1), values: [1] }])).rejects.toThrow('was not made by the endpoint "e"')
      await expect(t.ingest(recordGroundTruth, { name: 'none' })).rejects.toThrow('There is no endpoint "none".')
    })
  })

  describe('lineage and permissions', () => {
    it('describe endpoints, deployments and rollouts, and inherit from the endpoint', async () => {
      const { t, two, champion } = await withChampion()
      const rollout = await t.act(startRollout, { name: 'e', versionId: two, plan, reason: 'fresher data' })
      const scope = t.runtime.runner.readScope(context)
      const { id } = await t.ask(readEndpoint, { name: 'e' })
      const titles = await Promise.all(nodeKinds.map((kind) => kind.describe(scope, [id, champion.id, rollout.id])))
      expect(titles.flat()).toMatchObject([
        { title: 'e', fact: 'serves tiny', href: '/endpoints/e' },
        { title: 'e, version 1', fact: 'champion, 90 % of the traffic' },
        { title: 'Rollout of version 2 to e', fact: 'fresher data', state: 'canary' },
      ])
      const parents = await Promise.all(
        resources.map(async ({ kind, parent }) => [
          kind,
          await parent(scope, kind === 'rollout' ? rollout.id : champion.id),
        ]),
      )
      expect(parents).toEqual([
        ['endpoint', undefined],
        ['rollout', { kind: 'endpoint', id: 'e' }],
        ['traffic-experiment', undefined],
        ['deployment', { kind: 'endpoint', id: 'e' }],
      ])
    })
  })
})
