import { rm } from 'node:fs/promises'
import type { Domain, Runtime } from '@millrace/kernel'
import { deleteVersion } from './actions/delete-version.ts'
import { putDataset } from './actions/put-dataset.ts'
import { listDatasets, readDataset } from './actions/read-datasets.ts'
import { listVersions, readProfile, readVersion, readVersionById, resolveVersion } from './actions/read-versions.ts'
import { describeVersions } from './actions/describe-versions.ts'
import { registerVersion, splitVersion, uploadFile } from './contract.ts'
import { downloadFile } from './http/file-stream.ts'
import { routes } from './http/routes.ts'
import { temporaryFolder } from './http/split-version.ts'
import * as createDataset from './store/migrations/0001-create-dataset.ts'

export { deleteVersion } from './actions/delete-version.ts'
export { putDataset } from './actions/put-dataset.ts'
export { readDataset } from './actions/read-datasets.ts'
export {
  readProfile,
  readVersion,
  readVersionById,
  resolveVersion as resolveDatasetVersion,
} from './actions/read-versions.ts'
export { localFiles } from './http/local-files.ts'
export { rawBodyOf, takeRawBodies } from './http/raw-bodies.ts'
export { registerVersion } from './http/register-version.ts'
export { contentTypeOf, sendObject } from './http/send-object.ts'
export type { SentObject } from './http/send-object.ts'
export { splitVersion } from './http/split-version.ts'

/** Data sets: which data, exactly. Immutable versions by content, profiled before they are registered. */
export function createDatasets(runtime: Runtime): Domain {
  return {
    name: 'datasets',
    migrations: { '0001-create-dataset': createDataset },
    operations: [
      putDataset,
      readDataset,
      listDatasets,
      listVersions,
      readVersion,
      readVersionById,
      resolveVersion,
      readProfile,
      deleteVersion,
    ],
    nodeKinds: [
      { kind: 'dataset-version', describe: async (scope, ids) => (await describeVersions(scope, ids)).nodes },
    ],
    resources: [
      { kind: 'dataset', parent: async () => undefined },
      { kind: 'dataset-version', parent: async (scope, id) => (await describeVersions(scope, [id])).parents.get(id) },
    ],
    documented: [uploadFile, registerVersion, splitVersion, downloadFile],
    routes: (app) => routes(app, runtime),
    // What a crash left half written was never acknowledged.
    start: () => rm(temporaryFolder(runtime), { recursive: true, force: true }),
  }
}
