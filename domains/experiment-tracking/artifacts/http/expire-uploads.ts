import type { CallContext, Chore, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import type { TrackingTables } from '../../store/tables.ts'
import { storeOf } from '../../store/tracking.ts'
import type { ExpiredUpload } from '../store/upload-rows.ts'
import { expiredUploads } from '../store/upload-rows.ts'
import { openPlace } from './artifact-name.ts'
import { abortAtStore } from './resumable-uploads.ts'

const atOnce = 100

/** Gives up uploads to which nobody has added for a day, and forgets those that became artifacts then. */
export function expireUploads(runtime: Runtime): Chore {
  const over = (limit: number) =>
    expiredUploads(tables<TrackingTables>(runtime.database.reader), runtime.nowMs(), limit)
  return {
    name: 'experiment-tracking.expire-uploads',
    everyMs: 60_000,
    due: async () => (await over(1)).length > 0,
    run: async () => {
      for (const upload of await over(atOnce)) await giveUp(runtime, upload)
    },
  }
}

async function giveUp(runtime: Runtime, upload: ExpiredUpload): Promise<void> {
  const { workspace, root, id } = upload
  const context: CallContext = { workspace, actor: systemActor('artifacts') }
  try {
    if (!upload.ended) await abortAtStore(await openPlace(runtime, context, root), upload)
    await runtime.database.write((tx) => storeOf(tx, workspace).uploads.remove(id))
  } catch (error) {
    runtime.log.warn({ err: error, upload: id }, 'an upload that is over could not be given up; tried again later')
  }
}
