import type { Domain, Runtime } from '@millrace/kernel'
import { moveAlias, removeAlias } from './actions/aliases.ts'
import { deleteModel, renameModel } from './actions/change-model.ts'
import { moveStage, updateVersion } from './actions/change-version.ts'
import { deleteVersion } from './actions/delete-version.ts'
import {
  describeEvidence,
  describeVersions,
  identityOfModel,
  parentOfEvidence,
  parentOfVersion,
} from './actions/describe-versions.ts'
import { attachEvidence, deleteEvidence } from './actions/evidence.ts'
import { importModel } from './actions/import-model.ts'
import { putModel, tagModel } from './actions/put-model.ts'
import { listModels, readAliasHistory, readModel, readModelHistory, searchModels } from './actions/read-models.ts'
import {
  findVersions,
  listEvidence,
  listVersions,
  newestVersions,
  readEvidence,
  readVersion,
  readVersionById,
  resolveVersion,
  searchVersions,
} from './actions/read-versions.ts'
import { registerVersion } from './actions/register-version.ts'
import { downloadVersionFile } from './http/file-stream.ts'
import { routes } from './http/model-file.ts'
import { copyVersion } from './contract.ts'
import * as createModel from './store/migrations/0001-create-model.ts'
import * as widenRegistry from './store/migrations/0002-widen-registry.ts'

export { namesOfModels } from './actions/describe-versions.ts'
export { moveAlias, removeAlias } from './actions/aliases.ts'
export { deleteModel, renameModel } from './actions/change-model.ts'
export { moveStage, setApproval, updateVersion } from './actions/change-version.ts'
export { deleteVersion } from './actions/delete-version.ts'
export { attachEvidence, deleteEvidence } from './actions/evidence.ts'
export { putModel, tagModel } from './actions/put-model.ts'
export { listModels, readAliasHistory, readModel, readModelHistory, searchModels } from './actions/read-models.ts'
export {
  findVersions,
  listEvidence,
  listVersions,
  newestVersions,
  readEvidence,
  readVersion,
  readVersionById,
  resolveVersion as resolveModelVersion,
  searchVersions,
} from './actions/read-versions.ts'
export { registerCopy, registerVersion } from './actions/register-version.ts'
export { copyModelVersion } from './http/copy-version.ts'
export { copyArtifacts, localModelFolder } from './http/local-model-folder.ts'
export { localModelFile } from './http/model-file.ts'

/** The model registry: which models exist and how good is each. */
export function createModelRegistry(runtime: Runtime): Domain {
  return {
    name: 'model-registry',
    migrations: { '0001-create-model': createModel, '0002-widen-registry': widenRegistry },
    operations: [
      putModel,
      readModel,
      listModels,
      searchModels,
      tagModel,
      readModelHistory,
      renameModel,
      deleteModel,
      registerVersion,
      listVersions,
      searchVersions,
      findVersions,
      newestVersions,
      readVersion,
      readVersionById,
      resolveVersion,
      updateVersion,
      moveStage,
      deleteVersion,
      moveAlias,
      removeAlias,
      readAliasHistory,
      attachEvidence,
      listEvidence,
      readEvidence,
      deleteEvidence,
      importModel,
    ],
    nodeKinds: [
      { kind: 'model-version', describe: describeVersions },
      { kind: 'evidence', describe: describeEvidence },
    ],
    resources: [
      { kind: 'model', parent: async () => undefined, identity: identityOfModel },
      { kind: 'model-version', parent: parentOfVersion },
      { kind: 'evidence', parent: parentOfEvidence },
    ],
    documented: [downloadVersionFile, copyVersion],
    routes: (app) => routes(app, runtime),
  }
}
