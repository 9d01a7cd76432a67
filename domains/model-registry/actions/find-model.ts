import { problem } from '../contract.ts'
import type { ModelVersion } from '../contract.ts'
import type { StoredModel } from '../store/model-rows.ts'
import type { RegistryStore } from '../store/registry.ts'

/** A registered model. Throws `model-registry/model-not-found`. */
export async function findModel(store: Pick<RegistryStore, 'models'>, name: string): Promise<StoredModel> {
  const model = await store.models.find(name)
  if (model === undefined) throw problem['model-not-found']({ name })
  return model
}

/** A version by id. Throws `model-registry/version-not-found`. */
export async function findVersion(store: Pick<RegistryStore, 'versions'>, id: string): Promise<ModelVersion> {
  const version = await store.versions.byId(id)
  if (version === undefined) throw problem['version-not-found']({ what: id })
  return version
}

/** A version of a model by its number, or the newest one. Throws `model-not-found`, `version-not-found`. */
export async function findNumbered(
  store: RegistryStore,
  name: string,
  version: number | 'latest',
): Promise<ModelVersion> {
  const model = await findModel(store, name)
  const found =
    version === 'latest' ? await store.versions.latest(model.id) : await store.versions.byNumber(model.id, version)
  if (found === undefined) throw problem['version-not-found']({ what: `${version} of "${name}"` })
  return found
}
