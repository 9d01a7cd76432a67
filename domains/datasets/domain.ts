import { rm } from 'node:fs/promises'
import type { Domain, Runtime } from '@millrace/kernel'
import { deleteVersion } from './actions/delete-version.ts'
import { putDataset } from './actions/put-dataset.ts'
import { listDatasets, readDataset } from './actions/read-datasets.ts'
import {
  listVersions,
  readProfile,
  readVersion,
  readVersionById,
  resolveByDigest,
  resolveVersion,
} from './actions/read-versions.ts'
import { describeVersions } from './actions/describe-versions.ts'
import * as contract from './contract.ts'
import { downloadFile } from './http/file-stream.ts'
import { routes } from './http/routes.ts'
import { temporaryFolder } from './http/split-version.ts'
import * as createDataset from './store/migrations/0001-create-dataset.ts'
import * as addChunks from './store/migrations/0002-add-chunks.ts'

export { deleteVersion } from './actions/delete-version.ts'
export { putDataset } from './actions/put-dataset.ts'
export { readDataset } from './actions/read-datasets.ts'
export {
  readProfile,
  readVersion,
  readVersionById,
  resolveByDigest,
  resolveVersion as resolveDatasetVersion,
} from './actions/read-versions.ts'
export { localFiles, tableSource } from './http/local-files.ts'
export { registerVersion } from './http/register-version.ts'
export { splitVersion } from './http/split-version.ts'

/** Data sets: which data, exactly. Immutable versions by content, profiled before they are registered. */
export function createDatasets(runtime: Runtime): Domain {
  return {
    name: 'datasets',
    migrations: { '0001-create-dataset': createDataset, '0002-add-chunks': addChunks },
    operations: [
      putDataset,
      readDataset,
      listDatasets,
      listVersions,
      readVersion,
      readVersionById,
      resolveVersion,
      resolveByDigest,
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
    documented: [
      contract.uploadFile,
      contract.registerVersion,
      contract.splitVersion,
      contract.findMissingChunks,
      contract.uploadChunks,
      contract.registerManifest,
      contract.readManifest,
      contract.downloadChunks,
      contract.registerSource,
      contract.diffVersions,
      contract.collectGarbage,
      downloadFile,
    ],
    routes: (app) => routes(app, runtime),
    // What a crash left half written was never acknowledged.
    start: () => rm(temporaryFolder(runtime), { recursive: true, force: true }),
  }
}
