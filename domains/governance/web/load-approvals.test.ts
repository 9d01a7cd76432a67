import type { Approval } from '@millrace/governance/contract'
import { describe, expect, it } from 'vitest'
import { refusalOf } from './load-approvals.ts'

const approval = (more: Partial<Approval>): Approval => ({
  id: 'apr_1',
  subject: { kind: 'model-version', id: 'ver_1' },
  model: 'late',
  version: 3,
  title: 'Release late v3',
  policy: 'careful',
  gateId: 'gate_1',
  state: 'requested',
  reason: null,
  requestedBy: 'usr_maya',
  requestedByName: 'maya',
  requestedAtMs: 0,
  versionBy: 'jonas',
  required: 1,
  automatic: false,
  separationOfDuties: true,
  decisions: [],
  expiresAtMs: null,
  decidedAtMs: null,
  sentence: null,
  pins: null,
  ...more,
})
const noor = { id: 'usr_noor', name: 'noor' }

describe('who may decide', () => {
  it('is anybody who neither asked nor wrote the version', () => {
    expect(refusalOf(approval({}), noor)).toBeNull()
    expect(refusalOf(approval({}), { id: 'usr_maya', name: 'maya' })).toContain('You asked')
    expect(refusalOf(approval({}), { id: 'usr_jonas', name: 'jonas' })).toContain('You wrote v3')
  })
  it('is everybody where duties are not separated', () => {
    expect(refusalOf(approval({ separationOfDuties: false }), { id: 'usr_maya', name: 'maya' })).toBeNull()
  })
  it('is nobody once it is decided', () => {
    expect(refusalOf(approval({ state: 'approved', sentence: 'Approved by noor.' }), noor)).toBe('Approved by noor.')
  })
})
