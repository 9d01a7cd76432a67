import { isOpen } from '../model/release.ts'
import { action } from '../store/delivery-store.ts'
import { findRelease } from './find-release.ts'
import * as contract from './in-process-contract.ts'
import { keepMove } from './keep-move.ts'

/** Ends a release that cannot go on, unless it has moved on since that was found. */
export const failRelease = action(contract.failRelease, async ({ store, input, nowMs }) => {
  const release = await findRelease(store, input.id)
  if (!isOpen(release) || release.timeline.length !== input.steps) return { answer: release, audit: 'unchanged' }
  return keepMove(store, release, { step: 'failed', sentence: input.sentence }, { nowMs })
})
