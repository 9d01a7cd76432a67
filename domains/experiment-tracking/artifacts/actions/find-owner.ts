import { findRun, findWritableRun } from '../../actions/find-run.ts'
import { problem } from '../../model/problems.ts'
import type { ArtifactOwner } from '../../model/run.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { ownKey, ownPrefix, placeOfRoot } from '../model/artifact-place.ts'

export interface ArtifactOwnerRef {
  readonly kind: ArtifactOwner
  readonly id: string
}

type Store = Pick<TrackingStore, 'runs' | 'artifacts' | 'loggedModels'>

/** The root of an owner's artifacts. Throws `run-not-found`, `model-not-found`. */
export async function rootOfOwner(store: Store, owner: ArtifactOwnerRef): Promise<string> {
  const number = await experimentOfOwner(store, owner)
  const root = await store.artifacts.rootOfExperiment(number)
  const folder = owner.kind === 'run' ? owner.id : `models/${owner.id}`
  return `${withinOwnPart(root, number).replace(/\/+$/, '')}/${folder}/artifacts`
}

/** Throws `run-deleted` for a run that takes nothing, and what `rootOfOwner` throws. */
export async function refuseDeletedOwner(store: Store, owner: ArtifactOwnerRef): Promise<void> {
  if (owner.kind === 'run') await findWritableRun(store, owner.id)
}

async function experimentOfOwner(store: Store, owner: ArtifactOwnerRef): Promise<number> {
  if (owner.kind === 'run') return (await findRun(store, owner.id)).experiment
  const model = await store.loggedModels.find(owner.id)
  if (model === undefined) throw problem['model-not-found']({ id: owner.id })
  return Number(model.experimentId)
}

/**
 * An experiment may name its own place below the server's store, but not another experiment's: that one's folder is its
 * number. A name of that kind is taken as one inside its own folder.
 */
function withinOwnPart(root: string, number: number): string {
  const place = placeOfRoot(root)
  if (place.kind === 'elsewhere') return root
  const [first = ''] = place.prefix.slice(ownPrefix.length + 1).split('/')
  if (first === String(number)) return root
  const isForeign = /^\d+$/.test(first) || first === '' || first === 'workspaces'
  return isForeign ? `mlflow-artifacts:/${number}/${place.prefix.slice(ownKey('').length + 1)}` : root
}
