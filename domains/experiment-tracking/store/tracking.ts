import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { artifactRows } from '../artifacts/store/artifact-rows.ts'
import { uploadRows } from '../artifacts/store/upload-rows.ts'
import { experimentRows } from './experiment-rows.ts'
import { importRows } from './imports/import-rows.ts'
import { inputRows } from './input-rows.ts'
import { loggedModelRows } from './logged-models/logged-model-rows.ts'
import { modelLinkRows } from './logged-models/model-link-rows.ts'
import { metricRows } from './metric-rows.ts'
import { provenanceRows } from '../reproduction/store/provenance-rows.ts'
import { runRows } from './run-rows.ts'
import { runViewRows } from '../search/store/run-view-rows.ts'
import { purgeRows } from '../retention/store/purge-rows.ts'
import { trashRows } from '../retention/store/trash-rows.ts'
import { usageRows } from '../retention/store/usage-rows.ts'
import type { TrackingTables } from './tables.ts'
import { valueRows } from './value-rows.ts'

/** The store of experiments and runs of one workspace. */
export function storeOf(untyped: Db, workspace: string) {
  const db = tables<TrackingTables>(untyped)
  return {
    experiments: experimentRows(db, workspace),
    runs: runRows(db, workspace),
    runViews: runViewRows(db, workspace),
    provenance: provenanceRows(db, workspace),
    params: valueRows(db, workspace, 'experiment_tracking_param'),
    tags: valueRows(db, workspace, 'experiment_tracking_tag'),
    metrics: metricRows(db, workspace),
    imports: importRows(db, workspace),
    inputs: inputRows(db, workspace),
    artifacts: artifactRows(db, workspace),
    uploads: uploadRows(db, workspace),
    loggedModels: loggedModelRows(db, workspace),
    modelLinks: modelLinkRows(db, workspace),
    trash: trashRows(db, workspace),
    purge: purgeRows(db, workspace),
    usage: usageRows(db, workspace),
  }
}

export type TrackingStore = ReturnType<typeof storeOf>

export const { action, query, ingest } = operations(storeOf)
