import { describe, expect, it } from 'vitest'
import { auditQuery } from './load-audit.ts'

describe('the filter of the audit log', () => {
  it('reads clauses joined by and', () => {
    expect(auditQuery('object = flight-delay and actor = "Maya Okafor"')).toEqual({
      object: 'flight-delay',
      actor: 'Maya Okafor',
    })
  })
  it('takes a lone word as an action or an object', () => {
    expect(auditQuery('governance.*')).toEqual({ action: 'governance.*' })
    expect(auditQuery('ver_1')).toEqual({ object: 'ver_1' })
    expect(auditQuery('  ')).toEqual({})
  })
})
