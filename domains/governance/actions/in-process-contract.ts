import { Done, endpoint, id, ref } from '@millrace/contract'
import { z } from 'zod'
import { Approval } from '../contract.ts'

// What governance says to itself: these endpoints have no address, and only Millrace's own actor reaches them.

const ApprovalId = z.object({ id: id('approval') })

export const admitApproval = endpoint({
  name: 'governance.admit-approval',
  method: 'POST',
  path: '/in-process/approvals/{id}/admit',
  summary: 'Marks the version as waiting, or approves it where the policy asks no person',
  needs: { permission: 'governance:approve', on: (input) => ref('approval', input.id) },
  input: ApprovalId,
  output: Approval,
})

export const expireApproval = endpoint({
  name: 'governance.expire-approval',
  method: 'POST',
  path: '/in-process/approvals/{id}/expire',
  summary: 'Ends a request that waited too long',
  needs: { permission: 'governance:approve', on: (input) => ref('approval', input.id) },
  input: ApprovalId,
  output: Approval,
})

export const rememberFigures = endpoint({
  name: 'governance.remember-figures',
  method: 'POST',
  path: '/in-process/model-versions/{id}/figures',
  summary: 'Remembers which figures a card has shown',
  needs: { permission: 'governance:write', on: (input) => ref('model-version', input.id) },
  input: z.object({ id: id('model-version') }),
  output: Done,
})
