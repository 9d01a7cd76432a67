import { endpoint, Problem } from '@millrace/contract'
import { alertFired } from '@millrace/monitoring/contract'
import { rolloutPromoted, rolloutRolledBack } from '@millrace/model-serving/contract'
import { runFinished } from '@millrace/pipelines/contract'
import { approvalDecided } from '@millrace/governance/contract'
import { operations } from '@millrace/kernel'
import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { overrideRelease } from './actions/override-release.ts'
import { startRelease } from './actions/start-release.ts'
import type { Release } from './contract.ts'
import { createDelivery, listReleases, putReleasePolicy, readLoop, readReleasePolicy } from './domain.ts'
import { aPolicySpec } from './testing/a-release.ts'
import { FakeNeighbours } from './testing/fake-neighbours.ts'

// Other domains' events, published by an action that does nothing else.
const { action } = operations(() => ({}))
const publish = action(
  endpoint({
    name: 'test.publish',
    method: 'POST',
    path: '/publish',
    summary: 'Publishes',
    needs: { permission: 'test:write' },
    input: z.object({ name: z.string(), subject: z.string(), payload: z.unknown() }),
    output: z.object({}),
  }),
  async ({ input }) => ({ answer: {}, audit: 'unchanged', events: [input] }),
)

const alertTrigger = { event: 'monitoring.alert.fired', filter: { class: 'performance', monitor: 'flights' } }
const spec = aPolicySpec({
  parameters: { fromMs: '{{trigger.windowFromMs}}', toMs: '{{trigger.windowToMs}}', seed: 1 },
  triggers: [alertTrigger],
})

onEachStore((openStore) => {
  const start = async (over: Partial<typeof spec> = {}, world = new FakeNeighbours(), store?: string) => {
    const t = await testKernel({
      database: await openStore(store),
      domains: (runtime) => [createDelivery(runtime, { neighbours: world })],
    })
    await t.act(putReleasePolicy, { name: 'loop', ...spec, ...over })
    const happens = async (event: { name: string; subject: string; payload: unknown }) => {
      t.clock.advance(1)
      await t.act(publish, { ...event })
      await t.deliver()
    }
    const alert = (id: string, change: object = {}) =>
      happens(
        alertFired({
          id,
          monitor: 'flights',
          rule: 'calibration',
          class: 'performance',
          severity: 'critical',
          windowId: 'win_1',
          windowFromMs: 100,
          windowToMs: 200,
          endpoint: 'flight-delay',
          value: 0.025,
          limit: 0.02,
          ...change,
        }),
      )
    const newest = async (): Promise<Release> => {
      const [first] = (await t.ask(listReleases, { limit: 1 })).items
      if (first === undefined) throw new Error('There is no release.')
      return first
    }
    const trained = async (versionId: unknown = 'ver_2', state: 'succeeded' | 'failed' = 'succeeded') => {
      world.finishTraining(versionId, state)
      await happens(
        runFinished({
          id: `prun_${world.runs.size}`,
          pipeline: 'train',
          state,
          outputs: {},
          trigger: { kind: 'release', id: 'x' },
        }),
      )
    }
    const promoted = async (versionId = 'ver_2') => {
      world.endServing('promoted')
      await happens(rolloutPromoted({ id: 'rol', endpoint: 'flight-delay', versionId }))
    }
    return { t, world, happens, alert, newest, trained, promoted }
  }
  const steps = (release: Release) => release.timeline.map((entry) => entry.step)

  describe('a release policy', () => {
    it('answers what was put, defaults filled; the same again changes nothing', async () => {
      const { t } = await start()
      const before = t.auditTrail.length
      const read = await t.ask(readReleasePolicy, { name: 'loop' })
      expect(read.spec).toMatchObject({ ...spec, versionOutput: 'versionId', notWhileIncident: ['input_fault'] })
      await t.act(putReleasePolicy, { name: 'loop', ...read.spec })
      expect(t.auditTrail).toHaveLength(before)
      await expect(
        t.act(putReleasePolicy, { name: 'x', ...spec, triggers: [{ event: 'no.such.event' }] }),
      ).rejects.toMatchObject({ status: 400 })
    })
  })

  describe('the loop', () => {
    it('goes from an alert to a live version', async () => {
      const { t, world, alert, newest, trained, promoted } = await start()
      await alert('alr_1')
      expect(await newest()).toMatchObject({
        state: 'training',
        pipelineRunId: 'prun_1',
        parameters: { fromMs: 100, toMs: 200, seed: 1 },
      })
      expect(world.runs.get('prun_1')?.parameters).toEqual({ fromMs: 100, toMs: 200, seed: 1 })
      await trained()
      expect(await newest()).toMatchObject({
        state: 'rolling_out',
        versionId: 'ver_2',
        version: 2,
        approvalId: 'apr_1',
        rolloutId: 'rol_ver_2',
      })
      await promoted()
      const live = await newest()
      expect(live).toMatchObject({ state: 'live', outcome: 'live', sentence: 'v2 is live at flight-delay.' })
      expect(steps(live)).toEqual([
        'triggered',
        'training_started',
        'trained',
        'gate_passed',
        'approved',
        'rollout_started',
        'promoted',
      ])
      expect((await t.events()).map(({ name }) => name).filter((name) => name.startsWith('delivery'))).toEqual([
        'delivery.release.triggered',
        'delivery.release.trained',
        'delivery.release.went-live',
      ])
      expect(t.edges.map(({ from, type, to }) => `${from.kind} ${type} ${to.kind}`)).toEqual([
        'alert triggered release',
        'release triggered pipeline-run',
        'release approved_by approval',
        'release triggered rollout',
      ])
      const loop = await t.ask(readLoop, {})
      expect(loop).toMatchObject({ open: [], counts: { live: 1 }, medianMs: 2 })
      expect(loop.closed[0]?.stops.map(({ name, state }) => `${name} ${state}`).join(', ')).toBe(
        'alert done, retrain done, validate done, approve done, canary done, promote done, audit done',
      )
    })
    it('deploys the first version of an endpoint directly', async () => {
      const { t, world, alert, newest, trained } = await start()
      world.isFirst = true
      await alert('alr_1')
      await trained()
      expect(await newest()).toMatchObject({ state: 'rolling_out', rolloutId: null, deploymentId: 'dep_ver_2' })
      world.endServing('promoted')
      t.clock.advance(10_000)
      await t.kernel.chores.runNow('delivery.wake-releases')
      expect(await newest()).toMatchObject({ state: 'live' })
    })
    it('waits for a person where governance does, and ends where they refuse', async () => {
      const { world, alert, newest, trained, happens } = await start()
      world.approvesItself = false
      await alert('alr_1')
      await trained()
      expect(await newest()).toMatchObject({ state: 'awaiting_approval' })
      world.decide('rejected', 'Rejected by bo: too little data')
      await happens(
        approvalDecided({ id: 'apr_1', subject: { kind: 'model-version', id: 'ver_2' }, state: 'rejected' }),
      )
      expect(await newest()).toMatchObject({ state: 'rejected', sentence: 'Rejected by bo: too little data' })
    })
    it('says why training failed, or made no version, or made one of another model', async () => {
      const { alert, newest, trained } = await start()
      await alert('alr_1')
      await trained('ver_2', 'failed')
      expect(await newest()).toMatchObject({
        state: 'failed',
        sentence: 'Training ended: train run 1 failed (out of memory).',
      })
      await alert('alr_2')
      await trained(7)
      expect((await newest()).sentence).toContain('has no output "versionId"; it has versionId')
      await alert('alr_3')
      await trained('ver_other_3')
      expect((await newest()).sentence).toBe(
        'The version ver_other_3 is of the model "other"; this release is for "flight-delay".',
      )
      await alert('alr_4')
      await trained('nothing')
      expect(await newest()).toMatchObject({ state: 'failed', sentence: 'There is no model version nothing.' })
    })
    it('rolls back by itself and says by which guardrail', async () => {
      const { world, alert, newest, trained, happens } = await start()
      await alert('alr_1')
      await trained()
      world.endServing('rolled_back', 'log loss is worse by 0.02')
      await happens(
        rolloutRolledBack({
          id: 'rol',
          endpoint: 'flight-delay',
          versionId: 'ver_2',
          guardrail: 'quality',
          reason: 'x',
        }),
      )
      expect(await newest()).toMatchObject({
        state: 'rolled_back',
        outcome: 'rolled_back',
        sentence: 'v2 was rolled back: log loss is worse by 0.02.',
      })
    })
  })

  describe('a gate', () => {
    it('refuses with its evidence, and an override lets the release go on, audited with its reason', async () => {
      const { t, world, alert, newest, trained, promoted } = await start()
      world.verdict = 'fail'
      await alert('alr_1')
      await trained()
      const rejected = await newest()
      expect(rejected).toMatchObject({ state: 'rejected', outcome: 'rejected', gate: { verdict: 'fail' } })
      expect(rejected.timeline.at(-1)?.refs).toEqual([{ kind: 'evidence', id: 'evd_1' }])
      await t.act(overrideRelease(world), { id: rejected.id, reason: 'to see the canary stop it' })
      expect(t.auditTrail.at(-1)).toMatchObject({
        action: 'delivery.override-release',
        reason: 'to see the canary stop it',
      })
      await t.deliver()
      expect(await newest()).toMatchObject({ state: 'rolling_out', gate: { verdict: 'pass', overridden: true } })
      await promoted()
      expect(steps(await newest()).slice(3)).toEqual([
        'gate_refused',
        'overridden',
        'gate_passed',
        'approved',
        'rollout_started',
        'promoted',
      ])
    })
    it('is not overridden where there is nothing to override', async () => {
      const { t, world, alert, newest } = await start()
      await alert('alr_1')
      const { id } = await newest()
      await expect(t.act(overrideRelease(world), { id, reason: 'x' })).rejects.toThrow('it is training, not rejected')
    })
  })

  describe('a trigger', () => {
    it('that is delivered twice starts one release, and another kind none', async () => {
      const { t, alert, world } = await start()
      await alert('alr_1', { class: 'drift' })
      await alert('alr_1', { monitor: 'other' })
      expect((await t.ask(listReleases, {})).items).toEqual([])
      await alert('alr_2')
      await alert('alr_3')
      const { items } = await t.ask(listReleases, {})
      expect(items).toHaveLength(1)
      expect(items[0]?.timeline.at(-1)).toMatchObject({ step: 'noted', refs: [{ kind: 'alert', id: 'alr_3' }] })
      expect(world.runs.size).toBe(1)
    })
    it('during an input fault is recorded as suppressed, and nothing is trained', async () => {
      const { t, world, alert, newest } = await start()
      world.incidents = [{ id: 'inc_1', title: 'Input fault at flight-delay: distance', class: 'input_fault' }]
      await alert('alr_1')
      expect(await newest()).toMatchObject({ state: 'rejected', suppressed: true, pipelineRunId: null })
      expect((await newest()).sentence).toContain('the data may be broken')
      expect(world.runs.size).toBe(0)
      expect((await t.events('delivery.release.suppressed')).map(({ payload }) => payload)).toMatchObject([
        { policy: 'loop' },
      ])
      await expect(t.act(overrideRelease(world), { id: (await newest()).id, reason: 'x' })).rejects.toThrow(
        'never trained',
      )
      await expect(t.act(startRelease(world), { policy: 'loop', reason: 'now' })).rejects.toThrow(
        'Nothing is trained while the incident',
      )
      world.incidents = []
      await alert('alr_2')
      expect(await newest()).toMatchObject({ state: 'training', number: 2 })
    })
    it('within the cool-down is noted in the release that ended', async () => {
      const { t, alert, newest, trained } = await start({ cooldownMs: 60_000 })
      await alert('alr_1')
      await trained('ver_2', 'failed')
      await alert('alr_2')
      expect(steps(await newest())).toEqual(['triggered', 'training_started', 'failed', 'noted'])
      t.clock.advance(60_000)
      await alert('alr_3')
      expect(await newest()).toMatchObject({ number: 2, state: 'training' })
    })
    it('without what a parameter asks for fails visibly', async () => {
      const { newest, alert } = await start({ parameters: { x: '{{trigger.nothing}}' } })
      await alert('alr_1')
      expect(await newest()).toMatchObject({
        state: 'failed',
        sentence: 'The parameter "x" asks for {{trigger.nothing}}, which this trigger does not have.',
      })
    })
    it('by the clock starts once for what became due', async () => {
      const { t, newest } = await start({ parameters: {}, triggers: [{ cron: '0 3 * * *', timeZone: 'UTC' }] })
      await t.kernel.chores.runNow('delivery.look-at-clock')
      expect((await t.ask(listReleases, {})).items).toEqual([])
      t.clock.advance(3 * 86_400_000)
      await t.kernel.chores.runNow('delivery.look-at-clock')
      await t.kernel.chores.runNow('delivery.look-at-clock')
      await t.deliver()
      expect(await newest()).toMatchObject({ number: 1, state: 'training', trigger: { kind: 'schedule' } })
    })
  })

  describe('a release by hand', () => {
    it('trains with the parameters it is given, and refuses a second', async () => {
      const { t, world, newest } = await start()
      await expect(t.act(startRelease(world), { policy: 'loop', reason: 'new carriers' })).rejects.toThrow(
        'asks for {{trigger.windowFromMs}}',
      )
      await t.act(startRelease(world), { policy: 'loop', reason: 'new carriers', parameters: { fromMs: 1, toMs: 2 } })
      await t.deliver()
      expect(await newest()).toMatchObject({
        state: 'training',
        parameters: { fromMs: 1, toMs: 2, seed: 1 },
        trigger: { kind: 'person', by: { name: 'ann' } },
      })
      await expect(
        t.act(startRelease(world), { policy: 'loop', reason: 'x', parameters: { fromMs: 1, toMs: 2 } }),
      ).rejects.toThrow('is training. Let it end first')
      await expect(t.act(startRelease(world), { policy: 'none', reason: 'x' })).rejects.toMatchObject({ status: 404 })
    })
    it('of a version that exists trains nothing', async () => {
      const { t, world, newest, promoted } = await start()
      await t.act(startRelease(world), { policy: 'loop', reason: 'the old one', versionId: 'ver_9' })
      await t.deliver()
      expect(steps(await newest())).toEqual([
        'triggered',
        'version_given',
        'gate_passed',
        'approved',
        'rollout_started',
      ])
      await promoted('ver_9')
      expect((await t.ask(readLoop, {})).closed[0]?.stops.map(({ state }) => state)).toEqual([
        'done',
        'skipped',
        'done',
        'done',
        'done',
        'done',
        'done',
      ])
      await expect(
        t.act(startRelease(world), { policy: 'loop', reason: 'x', versionId: 'ver_other_1' }),
      ).rejects.toThrow('is of the model "other"')
    })
  })

  describe('a crash', () => {
    const wake = async (t: TestKernel) => {
      t.clock.advance(60_000)
      await t.deliver()
      await t.kernel.chores.runNow('delivery.wake-releases')
    }
    it('at any step leaves a release that goes on to the same end, each thing done once', async () => {
      const { t, world, alert, newest } = await start()
      world.nextError = new Error('killed')
      await alert('alr_1')
      for (let round = 0; round < 12; round += 1) {
        // Each round the next call dies, then the work before it is found done and the release takes one step or more.
        world.nextError = new Error('killed')
        await wake(t)
        world.finishTraining()
        world.endServing('promoted')
        await wake(t)
      }
      const live = await newest()
      expect(live).toMatchObject({ state: 'live' })
      expect(steps(live)).toEqual([
        'triggered',
        'training_started',
        'trained',
        'gate_passed',
        'approved',
        'rollout_started',
        'promoted',
      ])
      expect([world.runs.size, world.approvals.size, world.served.length]).toEqual([1, 1, 1])
      expect(await t.events('delivery.release.went-live')).toHaveLength(1)
    })
    it('and a new server on the same store continue where the old one stood', async () => {
      const world = new FakeNeighbours()
      const first = await start({}, world, 'same')
      await first.alert('alr_1')
      await first.t.kernel.stop()
      const second = await start({}, world, 'same')
      world.finishTraining()
      // Nobody tells it: the event was lost with the old server.
      second.t.clock.advance(60_000)
      await wake(second.t)
      world.endServing('promoted')
      await wake(second.t)
      expect(await second.newest()).toMatchObject({ state: 'live', number: 1 })
    })
    it('of a neighbour is no failure of the release; its refusal is', async () => {
      const { t, world, alert, newest } = await start()
      await alert('alr_1')
      world.nextError = new Problem('model-serving/data-plane-unavailable', 503, 'in a moment')
      await wake(t)
      expect((await newest()).outcome).toBe(null)
      world.nextError = new Problem('pipelines/no-such-run', 404, 'There is no pipeline run prun_1.')
      await wake(t)
      expect(await newest()).toMatchObject({ state: 'failed', sentence: 'There is no pipeline run prun_1.' })
    })
    it('does not let two servers that look at once take a step twice', async () => {
      const { t, world, alert, newest } = await start()
      await alert('alr_1')
      world.finishTraining()
      await Promise.all(Array.from({ length: 6 }, () => wake(t)))
      expect(steps(await newest())).toEqual([
        'triggered',
        'training_started',
        'trained',
        'gate_passed',
        'approved',
        'rollout_started',
      ])
    })
  })
})
