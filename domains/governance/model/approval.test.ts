import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Approval } from '../contract.ts'
import { agree, agreeAutomatically, expire, refuse, takeBack } from './approval.ts'

const ann = { id: 'usr_ann', name: 'Ann' }
const bo = { id: 'usr_bo', name: 'Bo' }
const cy = { id: 'usr_cy', name: 'Cy' }

function anApproval(over: Partial<Approval> = {}): Approval {
  return {
    id: 'apr_1',
    subject: { kind: 'model-version', id: 'ver_13' },
    model: 'flight-delay',
    version: 13,
    title: 'Use flight-delay v13',
    policy: 'flights',
    gateId: 'gate_1',
    state: 'requested',
    reason: null,
    requestedBy: bo.id,
    requestedByName: bo.name,
    requestedAtMs: 0,
    versionBy: ann.id,
    required: 1,
    automatic: false,
    separationOfDuties: true,
    decisions: [],
    expiresAtMs: 1000,
    decidedAtMs: null,
    sentence: null,
    pins: null,
    ...over,
  }
}

describe('an approval', () => {
  it('is given by somebody who neither wrote the version nor asked', () => {
    expect(agree(anApproval(), { by: cy, reason: 'looked at it', nowMs: 5 })).toMatchObject({
      state: 'approved',
      sentence: 'Approved by Cy.',
      decidedAtMs: 5,
    })
  })
  it('is refused to whoever wrote the version, and to whoever asked', () => {
    expect(() => agree(anApproval(), { by: ann, reason: null, nowMs: 5 })).toThrow(
      'You wrote v13. Someone else must approve it.',
    )
    expect(() => agree(anApproval(), { by: bo, reason: null, nowMs: 5 })).toThrow(
      'You asked for the approval of v13. Someone else must approve it.',
    )
  })
  it('may be given by its author where the policy does not separate duties', () => {
    expect(agree(anApproval({ separationOfDuties: false }), { by: ann, reason: null, nowMs: 5 }).state).toBe('approved')
  })
  it('waits for as many different people as it needs', () => {
    const once = agree(anApproval({ required: 2 }), { by: cy, reason: null, nowMs: 5 })
    expect(once.state).toBe('requested')
    expect(() => agree(once, { by: cy, reason: null, nowMs: 6 })).toThrow(
      'You have approved this already; 2 different people must.',
    )
    expect(agree(once, { by: { id: 'usr_d', name: 'Di' }, reason: null, nowMs: 6 }).state).toBe('approved')
  })
  it('ends with one refusal, also by its author', () => {
    expect(refuse(anApproval({ required: 3 }), { by: ann, reason: 'wrong data', nowMs: 5 })).toMatchObject({
      state: 'rejected',
      sentence: 'Rejected by Ann: wrong data',
    })
  })
  it('cannot be given after its time, and then expires', () => {
    expect(() => agree(anApproval(), { by: cy, reason: null, nowMs: 1000 })).toThrow(
      'expired at 1970-01-01T00:00:01.000Z',
    )
    expect(expire(anApproval(), 999).state).toBe('requested')
    expect(expire(anApproval(), 1000).state).toBe('expired')
  })
  it('names the states it may go to when asked for another', () => {
    const approved = agree(anApproval(), { by: cy, reason: null, nowMs: 5 })
    expect(() => refuse(approved, { by: cy, reason: 'late', nowMs: 6 })).toThrow(
      'is approved and cannot become rejected; from here it may become revoked',
    )
  })
  it('says that nobody was asked when the policy asks nobody', () => {
    const by = { id: 'system:governance', name: 'governance' }
    expect(agreeAutomatically(anApproval({ automatic: true, required: 0 }), by, 5).decisions).toEqual([
      {
        by: by.id,
        byName: by.name,
        decision: 'approved',
        reason: 'Approved automatically: the policy "flights" asks no person for flight-delay.',
        atMs: 5,
      },
    ])
  })

  it('never leaves an end but to be revoked, whatever people do in whatever order', () => {
    const who = fc.constantFrom(ann, bo, cy, { id: 'usr_d', name: 'Di' })
    const what = fc.constantFrom('agree', 'refuse', 'takeBack', 'expire')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(what, who, fc.integer({ min: 0, max: 1500 }))),
        fc.integer({ min: 1, max: 3 }),
        (acts, required) => {
          let approval = anApproval({ required })
          let nowMs = 0
          for (const [verb, by, afterMs] of acts) {
            nowMs += afterMs
            const before = approval
            approval = tryIt(verb, before, by, nowMs)
            const left = before.state !== 'requested' && approval.state !== before.state
            expect(left ? [before.state, approval.state] : ['approved', 'revoked']).toEqual(['approved', 'revoked'])
            const agreed = approval.decisions.filter((decision) => decision.decision === 'approved')
            const people = new Set(agreed.map((decision) => decision.by))
            expect(people.size).toBe(agreed.length)
            expect(approval.state !== 'approved' || people.size === required).toBe(true)
            expect(people.has(ann.id) || people.has(bo.id)).toBe(false)
          }
        },
      ),
    )
  })
})

/** What people may not do leaves the approval as it was. */
function tryIt(verb: string, approval: Approval, by: typeof ann, nowMs: number): Approval {
  try {
    return doIt(verb, approval, by, nowMs)
  } catch {
    return approval
  }
}

function doIt(verb: string, approval: Approval, by: typeof ann, nowMs: number): Approval {
  const act = { by, reason: 'because', nowMs }
  if (verb === 'agree') return agree(approval, act)
  if (verb === 'refuse') return refuse(approval, act)
  return verb === 'takeBack' ? takeBack(approval, act) : expire(approval, nowMs)
}
