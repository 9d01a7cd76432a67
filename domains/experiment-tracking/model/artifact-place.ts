import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { ArtifactOwner } from './run.ts'

/** Where an artifact's bytes lie in the object store: the place that MLflow's clients know, below `experiments/`. */
export function artifactKey(experimentId: string, owner: { kind: ArtifactOwner; id: string }, path: string): string {
  const folder = owner.kind === 'run' ? owner.id : `models/${owner.id}`
  return `experiments/${experimentId}/${folder}/artifacts/${path}`
}

export interface ArtifactPlace {
  readonly experimentId: string
  readonly owner: { readonly kind: ArtifactOwner; readonly id: string }
  /** Empty for the root. */
  readonly path: string
}

/** Reads `<experiment>/<run>/artifacts/<path>` or `<experiment>/models/<id>/artifacts/<path>`; undefined for any other place. */
export function readArtifactPlace(text: string): ArtifactPlace | undefined {
  const match = /^(\d+)\/(models\/)?([A-Za-z0-9][\w-]*)\/artifacts(?:\/(.*))?$/s.exec(text)
  if (match === null) return undefined
  const [, experimentId = '', models, id = '', path = ''] = match
  return { experimentId, owner: { kind: models === undefined ? 'run' : 'logged-model', id }, path }
}

/** An artifact as a thing that can be held: what stands on a file keeps it from being replaced. */
export function artifactRef(owner: { kind: ArtifactOwner; id: string }, path: string): Ref {
  return ref('artifact', `${owner.kind}/${owner.id}/${path}`)
}
