import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { aPerson } from '@millrace/kernel/testing'
import { readModel } from '@millrace/model-registry'
import { describe, expect, it } from 'vitest'
import { deployVersion } from '../../actions/deploy-version.ts'
import { putEndpoint } from '../../actions/put-endpoint.ts'
import { readEndpoint } from '../../actions/read-endpoints.ts'
import { settleDeployment } from '../../actions/settle-deployment.ts'
import { startRollout } from '../../actions/start-rollout.ts'
import { endpointHashOf, makePredictionId } from '../../model/prediction-id.ts'
import { judgeOpenExperiment } from '../process/judge-open-experiment.ts'
import { feedbackOverview } from '../store/feedback.ts'
import { experimentStore } from '../store/experiments.ts'
import { aVersionOf, servingDomains } from '../../testing/a-served-model.ts'
import { concludeExperiment, stopExperiment } from './end-experiment.ts'
import { listWeighings, readTrafficExperiment } from './read-experiments.ts'
import { recordFeedback } from './record-feedback.ts'
import { startExperiment } from './start-experiment.ts'

const context = { actor: aPerson('ann'), workspace: 'default' }
const metric = { kind: 'feedback' as const, range: [0, 1] as [number, number] }

onEachStore((openStore) => {
  const start = async (wish: object = {}) => {
    const t = await testKernel({
      database: await openStore(),
      // Its actions alone: nothing is started, so no data plane runs.
      domains: (runtime) =>
        servingDomains(runtime, 'none').domains.map((domain) =>
          domain.name === 'model-serving' ? { ...domain, start: async () => {}, stop: async () => {} } : domain,
        ),
    })
    await t.act(putEndpoint, { name: 'e', model: 'tiny' })
    const one = (await aVersionOf(t.runtime, context, 'tiny', Buffer.from('one'))).id
    const two = (await aVersionOf(t.runtime, context, 'tiny', Buffer.from('two'))).id
    const champion = await t.act(deployVersion, { name: 'e', versionId: one })
    await t.act(settleDeployment, { id: champion.id, state: 'ready' })
    t.clock.advance(1)
    const experiment = await t.act(startExperiment, {
      name: 'e',
      variants: [{ versionId: two, weight: 30 }],
      metric,
      ...wish,
    })
    /** Feedback of so many requests on each arm, the first `wins` of which are 1. */
    const hear = async (arm: number, count: number, wins: number) => {
      const ids = Array.from({ length: count }, (_, index) =>
        makePredictionId(1_000_000 + arm * 100_000 + index, endpointHashOf('default', 'e'), new Uint8Array(12)),
      )
      const items = ids.map((id, index) => ({ id, value: index < wins ? 1 : 0 }))
      await t.ingest(recordFeedback, { name: 'e', items })
      await t.ingest(recordFeedback, { name: 'e', items })
      const deploymentId = experiment.arms[arm]?.deploymentId ?? ''
      await t.runtime.database.write(async (tx) => {
        for (const requestId of ids) {
          const of = { workspace: 'default', endpoint: 'e', requestId, receivedAtMs: 0 }
          await feedbackOverview(tx).attribute(of, { deploymentId, contextId: experiment.id, contextStep: 0 })
        }
      })
    }
    const judge = async () => {
      const row = await experimentStore(t.runtime.database.reader, 'default').find(experiment.id)
      if (row === undefined) throw new Error('the experiment is gone')
      const options = { ...t.runtime, onWeighed: () => {} }
      await judgeOpenExperiment(options, row, new Map(), { text: '', atMs: 0 })
      return t.ask(readTrafficExperiment, { id: experiment.id })
    }
    const weights = async () =>
      (await t.ask(readEndpoint, { name: 'e' })).deployments.map(({ role, weight }) => [role, weight])
    return { t, one, two, experiment, hear, judge, weights }
  }

  describe('an experiment', () => {
    it('divides the traffic, keeps rollouts and deployments away, and gives it back when it is stopped', async () => {
      const { t, two, experiment, weights } = await start()
      expect(await weights()).toEqual([
        ['champion', 70],
        ['variant', 30],
      ])
      const refused = t.act(startRollout, { name: 'e', versionId: two, plan: { steps: [{ weight: 10 }] } })
      await expect(refused).rejects.toThrow(`The experiment ${experiment.id} is under way`)
      await t.act(stopExperiment, { id: experiment.id, reason: 'enough' })
      expect(await weights()).toEqual([
        ['champion', 100],
        ['retired', 0],
      ])
      await expect(t.act(concludeExperiment, { id: experiment.id })).rejects.toThrow('is stopped')
      expect(t.auditTrail.at(-1)).toMatchObject({ action: 'model-serving.stop-experiment', reason: 'enough' })
    })
    it('finds the better version by feedback, and makes it the champion with the alias', async () => {
      const { t, two, experiment, hear, judge, weights } = await start({ onWinner: 'promote' })
      expect(await judge()).toMatchObject({ state: 'running', verdict: { conclusion: 'undecided' } })
      await hear(0, 1500, 150)
      await hear(1, 1500, 450)
      const after = await judge()
      expect(after).toMatchObject({ state: 'concluded', winnerVersionId: two, verdict: { conclusion: 'winner' } })
      expect(after.verdict.arms.map(({ n, mean }) => [n, mean])).toEqual([
        [1500, 0.1],
        [1500, 0.3],
      ])
      expect(await weights()).toContainEqual(['champion', 100])
      expect((await t.ask(readModel, { name: 'tiny' })).aliases['champion']).toBe(2)
      expect(await t.events('model-serving.experiment.ended')).toMatchObject([{ payload: { id: experiment.id } }])
    })
    it('can be concluded by a rollout of the winner', async () => {
      const { t, two, experiment } = await start()
      await expect(t.act(concludeExperiment, { id: experiment.id })).rejects.toThrow('has no winner so far')
      await t.act(concludeExperiment, { id: experiment.id, versionId: two, plan: { steps: [{ weight: 20 }] } })
      expect((await t.ask(readEndpoint, { name: 'e' })).rollout).toMatchObject({ versionId: two, state: 'canary' })
    })
    it('moves a bandit’s traffic to what earns most, and keeps each of its weights', async () => {
      const strategy = { kind: 'thompson' as const, everyMs: 1000 }
      const { t, experiment, hear, judge, weights } = await start({ strategy })
      await hear(0, 400, 40)
      await hear(1, 400, 160)
      t.clock.advance(1000)
      expect(await judge()).toMatchObject({ weighing: 1 })
      expect(await weights()).toEqual([
        ['champion', 1],
        ['variant', 99],
      ])
      const kept = await t.ask(listWeighings, { id: experiment.id })
      expect(kept.items.map(({ number }) => number)).toEqual([1, 0])
    })
    it('refuses shares that leave the champion nothing', async () => {
      const { t, experiment, two } = await start()
      await t.act(stopExperiment, { id: experiment.id })
      const twice = [60, 40].map((weight) => ({ versionId: two, weight }))
      await expect(t.act(startExperiment, { name: 'e', variants: twice, metric })).rejects.toThrow(
        'leave the champion nothing',
      )
    })
  })
})
