import type { CallContext, Chore, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import { placeKey } from '../../artifacts/http/artifact-content.ts'
import { alone, openPlace } from '../../artifacts/http/artifact-name.ts'
import { placeOfRoot } from '../../artifacts/model/artifact-place.ts'
import type { TrackingTables } from '../../store/tables.ts'
import { storeOf } from '../../store/tracking.ts'
import { forgetPurged } from '../actions/purge.ts'
import type { Purged } from '../store/purge-rows.ts'
import { waitingPurges } from '../store/purge-rows.ts'

const atOnce = 200

/** Frees what a collection that broke off has left, and what was forgotten one by one. */
export function freePurged(runtime: Runtime): Chore {
  const waiting = (limit: number) => waitingPurges(tables<TrackingTables>(runtime.database.reader), limit)
  return {
    name: 'experiment-tracking.free-purged',
    everyMs: 15_000,
    due: async () => (await waiting(1)).length > 0,
    run: async () => freeAll(runtime, await waiting(atOnce)),
  }
}

/** Deletes the bytes of things that are forgotten. It may be stopped anywhere and run again, also twice at once. */
export async function freeAll(runtime: Runtime, purged: readonly Purged[]): Promise<void> {
  for (const each of purged) {
    try {
      await freeOne(runtime, each)
    } catch (error) {
      runtime.log.warn(
        { err: error, owner: each },
        'bytes of something forgotten could not be freed; tried again later',
      )
    }
  }
}

/** Frees what waits in one workspace. */
export async function freeWorkspace(runtime: Runtime, workspace: string): Promise<void> {
  const db = tables<TrackingTables>(runtime.database.reader)
  const found = await waitingPurges(db, Number.MAX_SAFE_INTEGER, workspace)
  await freeAll(runtime, found)
}

async function freeOne(runtime: Runtime, { workspace, owner, id, root }: Purged): Promise<void> {
  const context: CallContext = { workspace, actor: systemActor('gc') }
  // What clients wrote to a place of their own is theirs to delete.
  if (placeOfRoot(root).kind === 'own') {
    const { store, prefix } = await openPlace(runtime, context, root)
    const { artifacts } = storeOf(runtime.database.reader, workspace)
    for await (const { key } of store.list(prefix.replace(/\/$/, ''))) {
      const path = key.slice(prefix.length)
      await alone(placeKey(context, { owner, id, path }), async () => {
        // Somebody may have taken the same id again, and written there.
        if ((await artifacts.find({ kind: owner, id }, path)) === undefined) await store.delete(key)
      })
    }
  }
  await runtime.runner.act(forgetPurged, { owner, id }, context)
}
