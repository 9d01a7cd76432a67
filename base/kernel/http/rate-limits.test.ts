import { describe, expect, it } from 'vitest'
import { kernelProblem } from '../actions/kernel-problems.ts'
import type { Actor } from '../actions/scope.ts'
import { limitRates } from './rate-limits.ts'

const ann: Actor = { id: 'usr_ann', kind: 'user', name: 'ann' }
const from = { headers: {}, remoteAddress: '10.0.0.1' }

function limited(actor: Actor | Error, config: { rateLimit?: number; rateBurst?: number } = {}) {
  const clock = { nowMs: 1_000_000 }
  const authenticate = limitRates(async () => (actor instanceof Error ? Promise.reject(actor) : actor), {
    config: { rateLimit: config.rateLimit, rateBurst: config.rateBurst },
    nowMs: () => clock.nowMs,
  })
  const passes = async (times: number, headers = {}) => {
    let passed = 0
    for (let i = 0; i < times; i += 1) {
      passed += await authenticate({ ...from, headers }).then(
        () => 1,
        () => 0,
      )
    }
    return passed
  }
  return { clock, authenticate, passes }
}

describe('rate limits', () => {
  it('are off unless set', async () => {
    expect(await limited(ann).passes(1000)).toBe(1000)
  })
  it('let a burst in, and then as many a second as they say', async () => {
    const { clock, passes } = limited(ann, { rateLimit: 10, rateBurst: 5 })
    expect(await passes(50)).toBe(5)
    clock.nowMs += 300
    expect(await passes(50)).toBe(3)
    clock.nowMs += 60_000
    expect(await passes(50)).toBe(5)
  })
  it('say when to come again', async () => {
    const { authenticate, passes } = limited(ann, { rateLimit: 0.1, rateBurst: 1 })
    await passes(1)
    await expect(authenticate(from)).rejects.toMatchObject({
      code: kernelProblem['too-many-requests'].code,
      status: 429,
      params: { retryAfterSeconds: 10 },
    })
  })
  it('are an account’s own where it has some, in both directions', async () => {
    const slow = { ...ann, limits: { requestsPerSecond: 1, burst: 2, bodyBytes: null } }
    expect(await limited(slow, { rateLimit: 100 }).passes(50)).toBe(2)
    const quick = { ...ann, limits: { requestsPerSecond: 1000, burst: 40, bodyBytes: null } }
    expect(await limited(quick, { rateLimit: 1 }).passes(50)).toBe(40)
  })
  it('do not hold for the local person', async () => {
    expect(await limited({ ...ann, kind: 'local' }, { rateLimit: 1 }).passes(50)).toBe(50)
  })
  it('are an address’s for those who fail to say who they are', async () => {
    const { authenticate, passes } = limited(new Error('nobody'), { rateLimit: 1, rateBurst: 3 })
    await passes(3)
    await expect(authenticate(from)).rejects.toMatchObject({ status: 429 })
  })
  it('refuse a body that is larger than an account’s may be, or of unknown length', async () => {
    const small = limited({ ...ann, limits: { requestsPerSecond: null, burst: null, bodyBytes: 100 } })
    expect(await small.passes(1, { 'content-length': '100' })).toBe(1)
    await expect(small.authenticate({ ...from, headers: { 'content-length': '101' } })).rejects.toMatchObject({
      status: 413,
    })
    await expect(small.authenticate({ ...from, headers: { 'transfer-encoding': 'chunked' } })).rejects.toMatchObject({
      status: 411,
    })
  })
})
