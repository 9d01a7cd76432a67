import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JobRecord } from './job.ts'
import { admit, checkFence, end, giveBack, hasEnded, isLive, move, requestCancel } from './job.ts'

const nowMs = 1_000_000

function aJob(change: Partial<JobRecord> = {}): JobRecord {
  return {
    id: 'job_1',
    kind: 'test',
    name: 'test',
    queue: 'default',
    group: '',
    priority: 0,
    cpu: 1,
    memoryMb: 256,
    state: 'queued',
    entry: 'test',
    input: null,
    scopes: [],
    timeoutMs: null,
    attempt: 0,
    crashes: 0,
    maxCrashes: 2,
    fence: null,
    worker: null,
    leaseUntilMs: 0,
    notBeforeMs: 0,
    cancelRequested: false,
    answer: null,
    exitCode: null,
    reason: null,
    progress: null,
    submittedBy: 'usr_ann',
    submittedAtMs: nowMs,
    startedAtMs: null,
    endedAtMs: null,
    ...change,
  }
}

const start = (job: JobRecord, fence: string) =>
  move(admit(job, { worker: 'w', fence, leaseUntilMs: nowMs + 1000, nowMs }), 'running')
const crashed = { state: 'crashed', exitCode: null, reason: 'gone' } as const

describe('a job', () => {
  it('goes from its queue through a worker to its end', () => {
    const running = start(aJob(), 'f1')
    expect(running).toMatchObject({ state: 'running', attempt: 1, fence: 'f1', startedAtMs: nowMs })
    const done = end(running, { state: 'succeeded', exitCode: 0, reason: null, answer: { n: 1 } }, nowMs + 5)
    expect(done).toMatchObject({ state: 'succeeded', answer: { n: 1 }, endedAtMs: nowMs + 5 })
  })

  it('refuses a step that its state does not allow, and says which it does', () => {
    expect(() => move(aJob(), 'running')).toThrow(
      'The job job_1 is queued and cannot become running; from here it may become admitted, cancelled.',
    )
    expect(() => move(aJob({ state: 'failed' }), 'queued')).toThrow('nothing else, it has ended')
  })

  it('takes results of the current attempt alone', () => {
    const second = start(end(start(aJob(), 'f1'), crashed, nowMs), 'f2')
    expect(() => checkFence(second, 'f1')).toThrow('is not its current one any more')
    expect(() => checkFence(second, 'f2')).not.toThrow()
    const done = end(second, { state: 'succeeded', exitCode: 0, reason: null }, nowMs)
    expect(() => checkFence(done, 'f2')).toThrow('is not its current one any more')
  })

  it('is tried again after a crash while its budget lasts, and fails by itself only once', () => {
    let job = aJob({ maxCrashes: 2 })
    for (const fence of ['f1', 'f2']) {
      job = end(start(job, fence), crashed, nowMs)
      expect(job).toMatchObject({ state: 'queued', fence: null })
    }
    expect(end(start(job, 'f3'), crashed, nowMs)).toMatchObject({ state: 'crashed', crashes: 3, attempt: 3 })
    expect(end(start(aJob(), 'f1'), { state: 'failed', exitCode: 3, reason: 'x' }, nowMs).state).toBe('failed')
  })

  it('does not count against the budget when its server stops in good order', () => {
    expect(giveBack(start(aJob(), 'f1'), 'stopped')).toMatchObject({ state: 'queued', crashes: 0, fence: null })
  })

  it('ends by a cancel at once while it waits, by its worker while it runs, and not at all when it has ended', () => {
    expect(requestCancel(aJob(), 'enough', nowMs)).toMatchObject({ state: 'cancelled', endedAtMs: nowMs })
    const asked = requestCancel(start(aJob(), 'f1'), 'enough', nowMs)
    expect(asked).toMatchObject({ state: 'running', cancelRequested: true })
    expect(end(asked, crashed, nowMs).state).toBe('cancelled')
    const done = aJob({ state: 'succeeded' })
    expect(requestCancel(done, 'enough', nowMs)).toBe(done)
  })

  it('never leaves its machine of states, whatever happens to it in whatever order', () => {
    const steps: ((job: JobRecord, index: number) => JobRecord)[] = [
      (job, index) => admit(job, { worker: 'w', fence: `f${index}`, leaseUntilMs: 0, nowMs }),
      (job) => move(job, 'running'),
      (job) => end(job, crashed, nowMs),
      (job) => end(job, { state: 'succeeded', exitCode: 0, reason: null }, nowMs),
      (job) => end(job, { state: 'timed_out', exitCode: null, reason: 'slow' }, nowMs),
      (job) => giveBack(job, 'stopped'),
      (job) => requestCancel(job, 'enough', nowMs),
    ]
    fc.assert(
      fc.property(fc.array(fc.nat(steps.length - 1), { maxLength: 40 }), (choices) => {
        let job = aJob()
        const attempt = (step: (job: JobRecord, index: number) => JobRecord, index: number) => {
          try {
            return step(job, index)
          } catch {
            return job
          }
        }
        for (const [index, choice] of choices.entries()) {
          const before = job
          job = attempt(steps[choice] ?? ((same) => same), index)
          expect(hasEnded(before.state) ? job : before).toEqual(before)
          expect(isLive(job.state)).toBe(isLive(job.state) && job.fence !== null)
          expect(job.endedAtMs !== null).toBe(hasEnded(job.state))
          expect(job.crashes).toBeLessThanOrEqual(job.maxCrashes + 1)
        }
      }),
    )
  })
})
