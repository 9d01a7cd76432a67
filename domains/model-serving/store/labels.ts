import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { LabelBatchRow, ServingTables } from './tables.ts'

/** Acknowledged ground truth of one workspace. */
export function labelStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  return {
    add: (row: Omit<LabelBatchRow, 'workspace' | 'sequence'>) =>
      serving
        .insertInto('model_serving_label_batch')
        .values({ workspace, ...row })
        .execute(),
  }
}
