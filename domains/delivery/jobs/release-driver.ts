import { Problem } from '@millrace/contract'
import type { AnswerOf } from '@millrace/contract'
import type { Runner, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { failRelease } from '../actions/fail-release.ts'
import type { advanceRelease } from '../actions/advance-release.ts'
import type { readRelease as readContract } from '../contract.ts'
import { isOpen } from '../model/release.ts'
import { deliveryStore, restingReleases } from '../store/delivery-store.ts'

type Advance = ReturnType<typeof advanceRelease>
type Release = AnswerOf<typeof readContract>

/** Takes releases forward, whoever says that it is time. */
export interface ReleaseDriver {
  /** Takes every step of a release that can be taken now. A step that cannot be taken ends it with the sentence why. */
  drive(workspace: string, id: string): Promise<void>
  /** Drives every open release that has rested for `forMs`: what a lost or late event would have woken. */
  wake(forMs: number): Promise<void>
}

/** Makes the driver. A server's own failures (status 500 and above) are thrown: the event comes again, or the chore. */
export function createReleaseDriver(runtime: Runtime, advance: Advance): ReleaseDriver {
  const { runner, database } = runtime
  const drive = async (workspace: string, id: string): Promise<void> => {
    const context = { actor: systemActor('delivery'), workspace }
    let release = await deliveryStore(database.reader, workspace).releases.find(id)
    while (release !== undefined && isOpen(release)) {
      const steps = release.timeline.length
      const after = await stepOrFail(runner, advance, { id, steps }, context)
      if (after.timeline.length === steps) return
      release = after
    }
  }
  return {
    drive,
    wake: async (forMs) => {
      for (const { workspace, id } of await restingReleases(database.reader, runtime.nowMs() - forMs)) {
        await drive(workspace, id).catch((error: unknown) => {
          runtime.log.error({ err: error, release: id }, 'a release could not take its next step; it is tried again')
        })
      }
    },
  }
}

async function stepOrFail(
  runner: Runner,
  advance: Advance,
  { id, steps }: { readonly id: string; readonly steps: number },
  context: Parameters<Runner['act']>[2],
): Promise<Release> {
  try {
    return await runner.act(advance, { id }, context)
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    return runner.act(failRelease, { id, steps, sentence: error.message }, context)
  }
}
