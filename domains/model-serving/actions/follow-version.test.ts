import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { moveAlias, readModel } from '@millrace/model-registry'
import { describe, expect, it } from 'vitest'
import { startExperiment } from '../experiments/actions/start-experiment.ts'
import { stopExperiment } from '../experiments/actions/end-experiment.ts'
import { createAliasFollower } from '../process/control/follow-aliases.ts'
import { aVersionOf, servingDomains } from '../testing/a-served-model.ts'
import { deployVersion } from './deploy-version.ts'
import { putEndpoint } from './put-endpoint.ts'
import { listRollouts, readEndpoint } from './read-endpoints.ts'
import { settleDeployment } from './settle-deployment.ts'
import { startRollout } from './start-rollout.ts'
import { promoteRollout, rollBackRollout } from './steer-rollout.ts'

const context = { actor: aPerson('ann'), workspace: 'default' }
const follow = 'models:/tiny@champion'

onEachStore((openStore) => {
  const start = async (spec: object = {}) => {
    const t = await testKernel({
      database: await openStore(),
      // Its actions alone: nothing is started, so no data plane runs.
      domains: (runtime) =>
        servingDomains(runtime, 'none').domains.map((domain) =>
          domain.name === 'model-serving' ? { ...domain, start: async () => {}, stop: async () => {} } : domain,
        ),
    })
    const versions: string[] = []
    for (const text of ['one', 'two', 'three'])
      versions.push((await aVersionOf(t.runtime, context, 'tiny', Buffer.from(text))).id)
    await t.act(putEndpoint, { name: 'e', model: 'tiny', follow, ...spec })
    const follower = createAliasFollower(t.runtime)
    const look = async () => {
      t.clock.advance(1)
      await follower.look()
    }
    const point = async (version: number, alias = 'champion') => {
      await t.act(moveAlias, { name: 'tiny', alias, version })
      await look()
    }
    const endpoint = () => t.ask(readEndpoint, { name: 'e' })
    const rollouts = async () =>
      (await t.ask(listRollouts, { name: 'e' })).items.map(({ version, state }) => [version, state])
    /** Version 1 serves, version 2 comes by the alias. */
    const withCanary = async () => {
      await point(1)
      const [champion] = (await endpoint()).deployments
      await t.act(settleDeployment, { id: champion?.id ?? '', state: 'ready' })
      await point(2)
      return (await endpoint()).rollout?.id ?? ''
    }
    return { t, versions, look, point, endpoint, rollouts, withCanary }
  }

  describe('an endpoint that follows an alias', () => {
    it('deploys at once where nothing serves, then brings each version by a rollout with its own plan', async () => {
      const rollout = { steps: [{ weight: 5 }] }
      const { look, endpoint, rollouts, withCanary } = await start({ rollout })
      await look()
      expect((await endpoint()).deployments).toEqual([])
      await withCanary()
      expect(await endpoint()).toMatchObject({
        rollout: { version: 2, state: 'canary', plan: { steps: [{ weight: 5 }] } },
      })
      expect((await endpoint()).rollout).toMatchObject({ reason: `${follow} moved.` })
      await look()
      expect(await rollouts()).toEqual([[2, 'canary']])
    })
    it('has a plan where none is declared', async () => {
      const { endpoint, withCanary } = await start()
      await withCanary()
      expect((await endpoint()).rollout?.plan.steps.map(({ weight }) => weight)).toEqual([10, 50])
    })
    it('does not start again what was rolled back', async () => {
      const { t, look, rollouts, withCanary } = await start()
      await t.act(rollBackRollout, { id: await withCanary(), reason: 'slow' })
      await look()
      expect(await rollouts()).toEqual([[2, 'rolled_back']])
    })
    it('takes no notice of its own promotion, nor of a deployment by hand', async () => {
      const { t, versions, look, rollouts, withCanary } = await start()
      await t.act(promoteRollout, { id: await withCanary() })
      await look()
      await t.act(deployVersion, { name: 'e', versionId: versions[2] ?? '' })
      await look()
      expect((await t.ask(readModel, { name: 'tiny' })).aliases['champion']).toBe(3)
      expect(await rollouts()).toEqual([[2, 'promoted']])
    })
    it('lets its rollout give way when the alias moves on, and rolls out the version that it names', async () => {
      const { point, rollouts, withCanary, t } = await start()
      await withCanary()
      await point(3)
      expect(await rollouts()).toEqual([
        [3, 'canary'],
        [2, 'rolled_back'],
      ])
      expect(await t.events('model-serving.rollout.rolled-back')).toMatchObject([
        { payload: { reason: 'The followed alias names another version now.' } },
      ])
    })
    it('gives the traffic back when the alias returns to the champion', async () => {
      const { point, endpoint, rollouts, withCanary } = await start()
      await withCanary()
      await point(1)
      expect(await rollouts()).toEqual([[2, 'rolled_back']])
      expect((await endpoint()).deployments).toMatchObject([{ version: 1, weight: 100 }, { role: 'retired' }])
    })
    it('waits for what people began, and goes on afterwards', async () => {
      const { t, versions, point, look, rollouts } = await start({ follow: 'models:/tiny@next' })
      const champion = await t.act(deployVersion, { name: 'e', versionId: versions[0] ?? '' })
      await t.act(settleDeployment, { id: champion.id, state: 'ready' })
      const mine = await t.act(startRollout, {
        name: 'e',
        versionId: versions[1] ?? '',
        plan: { steps: [{ weight: 1 }] },
      })
      await point(3, 'next')
      expect(await rollouts()).toEqual([[2, 'canary']])
      await t.act(rollBackRollout, { id: mine.id })
      const metric = { kind: 'error_rate' as const }
      const variants = [{ versionId: versions[1] ?? '', weight: 10 }]
      const experiment = await t.act(startExperiment, { name: 'e', variants, metric })
      await look()
      expect(await rollouts()).toEqual([[2, 'rolled_back']])
      await t.act(stopExperiment, { id: experiment.id })
      await look()
      expect(await rollouts()).toEqual([
        [3, 'canary'],
        [2, 'rolled_back'],
      ])
    })
    it('follows aliases of its own model alone', async () => {
      const { t } = await start()
      const wrong = t.act(putEndpoint, { name: 'e', model: 'tiny', follow: 'models:/other@champion' })
      await expect(wrong).rejects.toThrow('serves the model "tiny", not "other"')
    })
  })
})
