import type { Domain, Runtime } from '@millrace/kernel'
import { moveAlias, removeAlias } from './actions/aliases.ts'
import { deleteModel, renameModel } from './actions/change-model.ts'
import { updateVersion } from './actions/change-version.ts'
import { deleteVersion } from './actions/delete-version.ts'
import { describeEvidence, describeVersions, parentOfEvidence, parentOfVersion } from './actions/describe-versions.ts'
import { attachEvidence, deleteEvidence } from './actions/evidence.ts'
import { putModel } from './actions/put-model.ts'
import { listModels, readAliasHistory, readModel } from './actions/read-models.ts'
import {
  listEvidence,
  listVersions,
  readEvidence,
  readVersion,
  readVersionById,
  resolveVersion,
  searchVersions,
} from './actions/read-versions.ts'
import { registerVersion } from './actions/register-version.ts'
import { downloadVersionFile } from './http/file-stream.ts'
import { routes } from './http/model-file.ts'
import * as createModel from './store/migrations/0001-create-model.ts'

export { moveAlias, removeAlias } from './actions/aliases.ts'
export { deleteModel, renameModel } from './actions/change-model.ts'
export { setApproval, updateVersion } from './actions/change-version.ts'
export { deleteVersion } from './actions/delete-version.ts'
export { attachEvidence, deleteEvidence } from './actions/evidence.ts'
export { putModel } from './actions/put-model.ts'
export { listModels, readAliasHistory, readModel } from './actions/read-models.ts'
export {
  listEvidence,
  listVersions,
  readEvidence,
  readVersion,
  readVersionById,
  resolveVersion as resolveModelVersion,
  searchVersions,
} from './actions/read-versions.ts'
export { registerVersion } from './actions/register-version.ts'
export { localModelFile } from './http/model-file.ts'

/** The model registry: which models exist and how good is each. */
export function createModelRegistry(runtime: Runtime): Domain {
  return {
    name: 'model-registry',
    migrations: { '0001-create-model': createModel },
    operations: [
      putModel,
      readModel,
      listModels,
      renameModel,
      deleteModel,
      registerVersion,
      listVersions,
      searchVersions,
      readVersion,
      readVersionById,
      resolveVersion,
      updateVersion,
      deleteVersion,
      moveAlias,
      removeAlias,
      readAliasHistory,
      attachEvidence,
      listEvidence,
      readEvidence,
      deleteEvidence,
    ],
    nodeKinds: [
      { kind: 'model-version', describe: describeVersions },
      { kind: 'evidence', describe: describeEvidence },
    ],
    resources: [
      { kind: 'model', parent: async () => undefined },
      { kind: 'model-version', parent: parentOfVersion },
      { kind: 'evidence', parent: parentOfEvidence },
    ],
    documented: [downloadVersionFile],
    routes: (app) => routes(app, runtime),
  }
}
