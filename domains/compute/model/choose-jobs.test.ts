import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Choice, WaitingJob } from './choose-jobs.ts'
import { chooseJobs } from './choose-jobs.ts'

function aWaitingJob(id: string, change: Partial<WaitingJob> = {}): WaitingJob {
  return { id, queue: 'default', group: '', priority: 0, cpu: 1, memoryMb: 100, submittedAtMs: 0, ...change }
}

function choose(waiting: readonly WaitingJob[], change: Partial<Choice> = {}): string[] {
  const machine = { cpu: 2, memoryMb: 1000 }
  return chooseJobs({ waiting, taken: [], queues: new Map(), capacity: machine, free: machine, ...change })
}

describe('choosing jobs', () => {
  it('fills the machine with the oldest first', () => {
    const waiting = ['c', 'a', 'b'].map((id, index) => aWaitingJob(id, { submittedAtMs: index }))
    expect(choose(waiting)).toEqual(['c', 'a'])
  })

  it('prefers the higher priority', () => {
    expect(choose([aWaitingJob('a'), aWaitingJob('b', { priority: 5 })])).toEqual(['b', 'a'])
  })

  it('shares between groups, so that a large run does not starve a small one', () => {
    const large = Array.from({ length: 50 }, (_, index) => aWaitingJob(`l${index}`, { group: 'large' }))
    const small = aWaitingJob('s', { group: 'small', submittedAtMs: 99 })
    expect(choose([...large, small])).toContain('s')
  })

  it('lets nobody overtake a job that waits for room', () => {
    const waiting = [aWaitingJob('big', { cpu: 2 }), aWaitingJob('small', { submittedAtMs: 1 })]
    expect(choose(waiting, { free: { cpu: 1, memoryMb: 1000 } })).toEqual([])
  })

  it('gives a job that asks for more than there is the whole machine', () => {
    expect(choose([aWaitingJob('huge', { cpu: 64, memoryMb: 1e6 }), aWaitingJob('z')])).toEqual(['huge'])
  })

  it('holds a full queue back without holding back others', () => {
    const queues = new Map([['narrow', { cpu: 0, memoryMb: 0, maxJobs: 1 }]])
    const waiting = ['a', 'b'].map((id) => aWaitingJob(id, { queue: 'narrow' }))
    const other = aWaitingJob('c', { submittedAtMs: 9 })
    expect(choose([...waiting, other], { queues })).toEqual(['a', 'c'])
  })

  it('never gives out more than the machine has', () => {
    const job = fc.record({ cpu: fc.double({ min: 0.1, max: 8, noNaN: true }), memoryMb: fc.nat(2000) })
    fc.assert(
      fc.property(fc.array(job, { maxLength: 30 }), (jobs) => {
        const waiting = jobs.map((entry, index) => aWaitingJob(`j${index}`, { ...entry, submittedAtMs: index }))
        const capacity = { cpu: 4, memoryMb: 1000 }
        const chosen = chooseJobs({ waiting, taken: [], queues: new Map(), capacity, free: capacity })
        const given = waiting.filter((entry) => chosen.includes(entry.id))
        const cpu = given.reduce((sum, entry) => sum + Math.min(4, entry.cpu), 0)
        expect(cpu).toBeLessThanOrEqual(4 + 1e-6)
        expect(given.reduce((sum, entry) => sum + Math.min(1000, entry.memoryMb), 0)).toBeLessThanOrEqual(1000)
        expect(chosen.length > 0).toBe(waiting.length > 0)
      }),
    )
  })
})
