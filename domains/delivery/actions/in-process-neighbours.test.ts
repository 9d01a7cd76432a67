import { createCompute } from '@millrace/compute'
import { createFakeExecutor } from '@millrace/compute/testing'
import { createGovernance, putPolicy } from '@millrace/governance'
import { aHoldout, aVersion, compare } from '@millrace/governance/testing'
import type { Domain, Runtime } from '@millrace/kernel'
import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { putModel, readModel } from '@millrace/model-registry'
import { deployVersion, promoteRollout, putEndpoint, rollBackRollout } from '@millrace/model-serving'
import { servingDomains } from '@millrace/model-serving/testing'
import { createMonitoring } from '@millrace/monitoring'
import { createPipelines, putPipeline } from '@millrace/pipelines'
import { pipeline, step, text } from '@millrace/pipelines/define'
import { describe, expect, it, vi } from 'vitest'
import type { Release } from '../contract.ts'
import { createDelivery, listReleases, putReleasePolicy } from '../domain.ts'
import { aPolicySpec } from '../testing/a-release.ts'
import { inProcessNeighbours } from './in-process-neighbours.ts'
import { overrideRelease } from './override-release.ts'

const training = step({ name: 'train', inputs: {}, outputs: { versionId: text() }, run: () => ({ versionId: '' }) })
const train = pipeline('train', { parameters: { data: text() } }, () => ({ versionId: training({}).versionId }))

// Parsed, since the authoring types are read-only.
const trainSpec = putPipeline.endpoint.input.parse({
  name: 'train',
  module: '/somewhere/pipeline.ts',
  code: { filesDigest: 'sha256:1', root: '/somewhere', entry: 'pipeline.ts' },
  graph: train.graph,
  parameters: train.parameters,
})

// The real domains; only the data plane is not started, and a step's job runs in this process.
onEachStore((openStore) => {
  const start = async () => {
    const made: { next: () => Promise<string> } = { next: async () => '' }
    const executor = createFakeExecutor({
      'test:step': async () => ({ outputs: { versionId: { value: await made.next() } } }),
    })
    const t = await testKernel({ database: await openStore(), domains: (runtime) => allDomains(runtime, executor) })
    await t.act(putModel, { name: 'flight-delay', riskTier: 'low' })
    await t.act(putEndpoint, { name: 'flight-delay', model: 'flight-delay' })
    const first = await aVersion(t)
    await t.act(deployVersion, { name: 'flight-delay', versionId: first.id })
    await t.act(putPolicy, {
      name: 'flights',
      models: ['flight-delay'],
      checks: [{ name: 'beats-champion', kind: 'better_than_champion', metric: 'log_loss' }],
      approvals: { automaticForTier: ['low'] },
    })
    await t.act(putPipeline, trainSpec)
    await t.act(putReleasePolicy, {
      name: 'loop',
      ...aPolicySpec({
        parameters: { data: '{{trigger.id}}' },
        triggers: [{ event: 'datasets.version.registered', filter: { dataset: 'flights-holdout' } }],
      }),
    })
    return { t, made, first }
  }
  const reaches = (t: TestKernel, state: Release['state']) =>
    vi.waitFor(
      async () => {
        await t.deliver()
        const [release] = (await t.ask(listReleases, { limit: 1 })).items
        expect(release).toMatchObject({ state })
        if (release === undefined) throw new Error('There is no release.')
        return release
      },
      { timeout: 8000 },
    )

  describe('delivery among its neighbours', () => {
    it('brings a better version to its endpoint', async () => {
      const { t, made, first } = await start()
      made.next = async () => {
        const { id } = await aVersion(t)
        await compare(t, id, first.id, { difference: 0.0042, standardError: 0.0003 })
        return id
      }
      const data = await aHoldout(t)
      const release = await reaches(t, 'rolling_out')
      expect(release).toMatchObject({ version: 2, parameters: { data }, gate: { verdict: 'pass' } })
      await t.act(promoteRollout, { id: release.rolloutId ?? '' })
      expect(await reaches(t, 'live')).toMatchObject({ outcome: 'live' })
      expect((await t.ask(readModel, { name: 'flight-delay' })).aliases).toEqual({ champion: 2 })
      expect(release.timeline.map((entry) => entry.sentence)).toEqual([
        'datasets.version.registered: dataset flights-holdout, version 2001-05, rowCount 2.',
        'Training with train run 1.',
        'train run 1 made v2.',
        'v2 passed its gate: log loss lower by 0.0042 ± 0.0003 over 169,723 rows of flights-holdout@2001-05.',
        'Approved automatically: the policy "flights" asks no person for flight-delay.',
        'v2 is being rolled out at flight-delay.',
      ])
    })

    it('stops a worse one at the gate, and when that is overridden, follows it back', async () => {
      const { t, made, first } = await start()
      made.next = async () => {
        const { id } = await aVersion(t)
        await compare(t, id, first.id, { difference: -0.0042, standardError: 0.0003 })
        return id
      }
      await aHoldout(t)
      const rejected = await reaches(t, 'rejected')
      expect(rejected.sentence).toBe(
        'v2 was refused by its gate: log loss higher by 0.0042 ± 0.0003 over 169,723 rows of flights-holdout@2001-05.',
      )
      await t.act(overrideRelease(inProcessNeighbours), { id: rejected.id, reason: 'to see the canary stop it' })
      const rolling = await reaches(t, 'rolling_out')
      await t.act(rollBackRollout, { id: rolling.rolloutId ?? '', reason: 'log loss is worse' })
      expect(await reaches(t, 'rolled_back')).toMatchObject({ outcome: 'rolled_back', gate: { overridden: true } })
      expect((await t.ask(readModel, { name: 'flight-delay' })).aliases).toEqual({ champion: 1 })
    })
  })
})

function allDomains(runtime: Runtime, executor: ReturnType<typeof createFakeExecutor>): Domain[] {
  const compute = createCompute(runtime, { issueJobToken: async () => ({ token: '' }), executor })
  const pipelines = createPipelines(runtime, {
    compute: { registerEntry: (name) => compute.registerEntry(name, new URL('test:step')) },
  })
  const { domains, serving } = servingDomains(runtime, 'none')
  const still = domains.map((domain) => (domain === serving ? withoutPlane(domain) : domain))
  const monitoring = createMonitoring(runtime, { predictions: serving })
  return [compute, ...still, pipelines, monitoring, createGovernance(runtime), createDelivery(runtime)]
}

function withoutPlane(domain: Domain): Domain {
  return { ...domain, start: async () => {}, stop: async () => {} }
}
