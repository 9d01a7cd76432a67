import { endpoint, EpochMs, id, Name, ref } from '@millrace/contract'
import { z } from 'zod'
import { Release, ReleaseTrigger } from '../contract.ts'

// What delivery says to itself: these endpoints have no address, and only Millrace's own actor reaches them.

const ReleaseId = z.object({ id: id('release') })
const onRelease = {
  permission: 'delivery:administer' as const,
  on: (input: { id: string }) => ref('release', input.id),
}

export const considerTrigger = endpoint({
  name: 'delivery.consider-trigger',
  method: 'POST',
  path: '/in-process/release-policies/{policy}/triggers',
  summary: 'Starts a release, or says why not',
  needs: { permission: 'delivery:administer' },
  input: z.object({ policy: Name, key: z.string(), trigger: ReleaseTrigger }),
  output: z.object({ releaseId: z.string().nullable() }),
})

export const advanceRelease = endpoint({
  name: 'delivery.advance-release',
  method: 'POST',
  path: '/in-process/releases/{id}/advance',
  summary: 'Takes the next step of a release, where what it waits for has happened',
  needs: onRelease,
  input: ReleaseId,
  output: Release,
})

export const failRelease = endpoint({
  name: 'delivery.fail-release',
  method: 'POST',
  path: '/in-process/releases/{id}/fail',
  summary: 'Ends a release that cannot go on',
  needs: onRelease,
  input: ReleaseId.extend({ sentence: z.string(), /** Where it stood when it could not. */ steps: z.int() }),
  output: Release,
})

export const checkCron = endpoint({
  name: 'delivery.check-cron',
  method: 'POST',
  path: '/in-process/release-policies/{policy}/cron',
  summary: 'Remembers until when cron triggers were looked at',
  needs: { permission: 'delivery:administer' },
  input: z.object({ policy: Name, atMs: EpochMs }),
  output: z.object({}),
})
