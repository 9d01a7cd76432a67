import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { ref } from '@millrace/contract'
import { describe, expect, it, vi } from 'vitest'
import { cancelJob } from './actions/cancel-job.ts'
import { codeVersionId, recordCodeVersion } from './actions/code-versions.ts'
import { finishJob } from './actions/finish-job.ts'
import { putQueue } from './actions/put-queue.ts'
import { listJobs, readJob, readOutcome } from './actions/read-jobs.ts'
import { readQueue } from './actions/read-queues.ts'
import { submitJob } from './actions/submit-job.ts'
import type { JobState } from './contract.ts'
import { createCompute } from './domain.ts'
import type { FoundEnd } from './process/executor.ts'
import type { FakeEntry } from './testing/fake-executor.ts'
import { createFakeExecutor } from './testing/fake-executor.ts'

const forever: FakeEntry = async (_input, { stopped }) => stopped

onEachStore((openStore) => {
  async function start(entries: Record<string, FakeEntry> = {}, store?: string, found: FoundEnd[] = []) {
    const executor = createFakeExecutor(
      {
        'test:echo': async (input) => input,
        'test:forever': forever,
        'test:fail': async () => Promise.reject(new Error('no')),
        ...entries,
      },
      { cpu: 2, found },
    )
    const t = await testKernel({
      database: await openStore(store),
      domains: (runtime) => {
        const compute = createCompute(runtime, { issueJobToken: async () => ({ token: 'mlr_test' }), executor })
        for (const name of ['echo', 'forever', 'fail', ...Object.keys(entries).map((url) => url.slice(5))])
          compute.registerEntry(name, new URL(`test:${name}`))
        return [compute]
      },
    })
    const submit = (entry: string, input: unknown = null, more: object = {}) =>
      t.act(submitJob, {
        kind: 'test',
        name: entry,
        entry,
        input: submitJob.endpoint.input.shape.input.parse(input),
        ...more,
      })
    const until = (id: string, ...states: JobState[]) =>
      vi.waitFor(async () => {
        const job = await t.ask(readJob, { id })
        expect(states).toContain(job.state)
        return job
      })
    return { t, executor, submit, until }
  }

  describe('a job', () => {
    it('is run, and its answer, events and attempts are kept', async () => {
      const { t, executor, submit, until } = await start()
      const job = await submit('echo', { n: 1 })
      expect(job).toMatchObject({ state: 'queued', attempt: 0, submittedBy: 'usr_ann' })
      const done = await until(job.id, 'succeeded')
      expect(done).toMatchObject({ attempt: 1, exitCode: 0, attempts: [{ number: 1, state: 'succeeded' }] })
      expect(await t.ask(readOutcome, { id: job.id })).toMatchObject({ answer: { n: 1 } })
      const names = (await t.events()).map((event) => event.name)
      expect(names).toEqual(['compute.job.submitted', 'compute.job.started', 'compute.job.finished'])
      expect(executor.ran[0]?.env).toEqual({
        MILLRACE_URL: '',
        ORT_DISABLE_TELEMETRY: '1',
        MILLRACE_TOKEN: 'mlr_test',
        MILLRACE_WORKSPACE: 'default',
      })
      expect(t.auditTrail.map((entry) => entry.action)).toEqual([
        'compute.submit-job',
        'compute.claim-jobs',
        'compute.start-job',
        'compute.finish-job',
      ])
    })

    it('fails with its own reason, and is not tried again', async () => {
      const { submit, until } = await start()
      const { id } = await submit('fail')
      expect(await until(id, 'failed')).toMatchObject({ attempt: 1, reason: 'Error: no' })
    })

    it('refuses what an earlier attempt brings', async () => {
      const { t, executor, submit, until } = await start()
      const { id } = await submit('forever')
      await until(id, 'running')
      const end = { state: 'succeeded' } as const
      await expect(t.act(finishJob, { id, fence: 'another', end })).rejects.toMatchObject({
        code: 'compute/stale-fence',
      })
      await t.act(finishJob, { id, fence: executor.ran[0]?.fence ?? '', end })
      await expect(t.act(finishJob, { id, fence: executor.ran[0]?.fence ?? '', end })).rejects.toMatchObject({
        status: 409,
      })
    })

    it('runs again when the infrastructure failed it, each time with a new fence, and gives up when its budget is spent', async () => {
      const { t, executor, submit, until } = await start()
      const { id } = await submit('forever', null, { maxCrashes: 1 })
      const crash = { state: 'crashed', reason: 'the node is gone' } as const
      await until(id, 'running')
      await t.act(finishJob, { id, fence: executor.ran[0]?.fence ?? '', end: crash })
      await vi.waitFor(() => expect(executor.ran).toHaveLength(2))
      await until(id, 'running')
      expect(executor.ran[1]?.fence).not.toBe(executor.ran[0]?.fence)
      await t.act(finishJob, { id, fence: executor.ran[1]?.fence ?? '', end: crash })
      expect(await until(id, 'crashed')).toMatchObject({ attempt: 2, reason: 'the node is gone' })
    })

    it('is cancelled while it runs and while it waits; cancelling twice changes nothing', async () => {
      const { t, submit, until } = await start()
      const running = await submit('forever', null, { resources: { cpu: 2 } })
      await until(running.id, 'running')
      const waiting = await submit('forever')
      expect(await t.act(cancelJob, { id: waiting.id })).toMatchObject({ state: 'cancelled' })
      await t.act(cancelJob, { id: running.id, reason: 'enough' })
      expect(await until(running.id, 'cancelled')).toMatchObject({ cancelRequested: true })
      await t.act(cancelJob, { id: running.id })
      expect(t.auditTrail.filter((entry) => entry.action === 'compute.cancel-job')).toHaveLength(2)
    })

    it('waits until there is room for it', async () => {
      const { t, executor, submit, until } = await start()
      const first = await submit('forever', null, { resources: { cpu: 2 } })
      await until(first.id, 'running')
      const second = await submit('echo')
      expect(executor.ran).toHaveLength(1)
      await t.act(cancelJob, { id: first.id })
      await until(second.id, 'succeeded')
    })

    it('crashes when this server does not know its entry', async () => {
      const { submit, until } = await start()
      const { id } = await submit('unknown', null, { maxCrashes: 0 })
      expect(await until(id, 'crashed')).toMatchObject({ reason: 'This server does not know the entry "unknown".' })
    })

    it('is listed newest first, page by page', async () => {
      const { t, submit, until } = await start()
      for (const n of [1, 2, 3]) {
        t.clock.advance(10)
        await until((await submit('echo', n)).id, 'succeeded')
      }
      const first = await t.ask(listJobs, { limit: 2 })
      const rest = await t.ask(listJobs, { limit: 2, pageToken: first.nextPageToken })
      expect([...first.items, ...rest.items].map((job) => job.submittedAtMs)).toEqual(
        [3, 2, 1].map((n) => Date.UTC(2026, 0, 1) + n * 10),
      )
      expect(await t.ask(listJobs, { state: 'failed' })).toEqual({ items: [] })
      expect((await t.app.inject('/api/millrace/v1/w/default/jobs/none')).statusCode).toBe(404)
    })
  })

  describe('a restart', () => {
    it('gives jobs of a server that stopped in good order to the next one', async () => {
      const before = await start({}, 'same')
      const { id } = await before.submit('forever')
      await before.until(id, 'running')
      for (const domain of before.t.kernel.domains) await domain.stop?.()
      const after = await start({ 'test:forever': async () => 'at last' }, 'same')
      expect(await after.until(id, 'succeeded')).toMatchObject({ attempt: 2, attempts: [{ state: 'cancelled' }, {}] })
    })
  })

  describe('queues', () => {
    it('are declared once, and hold their jobs to their limits', async () => {
      const { t, executor, submit, until } = await start()
      await t.act(putQueue, { name: 'narrow', maxJobs: 1 })
      await t.act(putQueue, { name: 'narrow', maxJobs: 1 })
      expect(t.auditTrail).toHaveLength(1)
      const first = await submit('forever', null, { queue: 'narrow' })
      await until(first.id, 'running')
      await submit('forever', null, { queue: 'narrow' })
      await until((await submit('echo')).id, 'succeeded')
      expect(executor.ran).toHaveLength(2)
      expect(await t.ask(readQueue, { name: 'narrow' })).toMatchObject({
        spec: { cpu: 0, memoryMb: 0, maxJobs: 1, priority: 0 },
        queued: 1,
        running: 1,
      })
      await expect(submit('echo', null, { queue: 'none' })).rejects.toMatchObject({ code: 'compute/no-such-queue' })
    })
  })

  describe('code versions', () => {
    it('have an id made of their content, wherever the code lies', async () => {
      const { t } = await start()
      const code = { filesDigest: 'sha256:1', root: '/a', entry: 'train.ts' }
      const first = await t.act(recordCodeVersion, code)
      const second = await t.act(recordCodeVersion, { ...code, root: '/b' })
      const other = await t.act(recordCodeVersion, { ...code, filesDigest: 'sha256:2' })
      expect(second).toEqual(first)
      expect(other.id).not.toBe(first.id)
      expect(first.id).toBe(codeVersionId({ ...code, gitCommit: null, dirty: false, patchDigest: null }))
      expect(t.auditTrail.map((entry) => entry.object)).toEqual([
        ref('code-version', first.id),
        ref('code-version', other.id),
      ])
    })
  })
})
