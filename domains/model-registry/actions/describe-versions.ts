import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { NodeDescription, Scope } from '@millrace/kernel'
import { storeOf } from '../store/registry.ts'

/** How versions read in the lineage graph. Ids that are not here are left out. */
export async function describeVersions(scope: Scope, ids: readonly string[]): Promise<NodeDescription[]> {
  const versions = await storeOf(scope.db, scope.workspace).versions.byIds(ids)
  return versions.map(({ id, model, version, aliases, approval }) => ({
    id,
    title: `${model} v${version}`,
    ...(aliases.length > 0 ? { fact: aliases.join(', ') } : approval === 'none' ? {} : { fact: approval }),
    state: approval,
    href: `/models/${encodeURIComponent(model)}?version=${version}`,
  }))
}

/** How evidence reads in the lineage graph. */
export async function describeEvidence(scope: Scope, ids: readonly string[]): Promise<NodeDescription[]> {
  const found = await storeOf(scope.db, scope.workspace).evidence.byIds(ids)
  return found.map(({ id, kind, sentence, verdict }) => ({ id, title: kind, fact: sentence, state: verdict }))
}

/** The model a version belongs to, and the version of evidence, for permissions. */
export async function parentOfVersion(scope: Scope, id: string): Promise<Ref | undefined> {
  const version = await storeOf(scope.db, scope.workspace).versions.byId(id)
  return version === undefined ? undefined : ref('model', version.model)
}

/** The version that evidence speaks of, for permissions. */
export async function parentOfEvidence(scope: Scope, id: string): Promise<Ref | undefined> {
  const evidence = await storeOf(scope.db, scope.workspace).evidence.find(id)
  return evidence === undefined ? undefined : ref('model-version', evidence.versionId)
}

/** The id under which grants on a model are kept, which another name leaves as it is. */
export async function identityOfModel(scope: Scope, nameOrId: string): Promise<string | undefined> {
  const { models } = storeOf(scope.db, scope.workspace)
  const found = await models.find(nameOrId)
  return found?.id ?? (await models.names([nameOrId])).keys().next().value
}

/** The names of models by their ids; one that is gone has none. */
export function namesOfModels(scope: Scope, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return storeOf(scope.db, scope.workspace).models.names(ids)
}
