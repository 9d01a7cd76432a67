import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { ArtifactOwner } from '../../model/run.ts'

/** Where artifacts lie: below a key of the server's own store, or at a location that clients reach themselves. */
export type ArtifactPlace =
  | { readonly kind: 'own'; readonly prefix: string }
  | { readonly kind: 'elsewhere'; readonly location: string }

/** All own artifacts lie below this key, in the layout that MLflow's clients know. */
export const ownPrefix = 'experiments'

const proxyPath = '/api/2.0/mlflow-artifacts/artifacts/'

/**
 * Reads an artifact root. `mlflow-artifacts:/1/<run>/artifacts`, with or without a host, and the proxy's own address
 * (`http://host/api/2.0/mlflow-artifacts/artifacts/1/…`) mean this server's store; everything else is elsewhere.
 */
export function placeOfRoot(root: string): ArtifactPlace {
  const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/s.exec(root)?.[1]
  if (proxied !== undefined) return { kind: 'own', prefix: ownKey(proxied) }
  const at = /^https?:/.test(root) ? root.indexOf(proxyPath) : -1
  if (at >= 0) return { kind: 'own', prefix: ownKey(root.slice(at + proxyPath.length)) }
  return { kind: 'elsewhere', location: root }
}

/** The key of a path below the proxy. */
export function ownKey(path: string): string {
  const plain = path.replaceAll(/\/{2,}/g, '/').replaceAll(/^\/|\/$/g, '')
  return plain === '' ? ownPrefix : `${ownPrefix}/${plain}`
}

/** A path below the proxy that names an owner's artifacts. */
export interface OwnedPath {
  readonly owner: ArtifactOwner
  readonly id: string
  /** The root that it would have to have, as a key. */
  readonly prefix: string
  /** Empty for the root itself. */
  readonly path: string
}

/** Reads `…/<run>/artifacts/<path>` or `…/models/<id>/artifacts/<path>`; undefined for any other place. */
export function readOwnedPath(text: string): OwnedPath | undefined {
  const parts = text.split('/')
  const at = parts.indexOf('artifacts', 2)
  const id = parts[at - 1]
  if (at < 2 || id === undefined || !/^[A-Za-z0-9][\w-]{0,255}$/.test(id)) return undefined
  if (parts[at - 2] === 'traces') return undefined
  return {
    owner: parts[at - 2] === 'models' ? 'logged-model' : 'run',
    id,
    prefix: ownKey(parts.slice(0, at + 1).join('/')),
    path: parts.slice(at + 1).join('/'),
  }
}

/** The experiment's number that a path below the proxy begins with, if it does. */
export function experimentOfPath(path: string): number | undefined {
  const number = /^(\d{1,15})(\/|$)/.exec(path)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** Whether a location lies below a root. Both are read as URLs or absolute paths, without their options. */
export function liesBelow(location: string, root: string): boolean {
  const [inner, outer] = [plainLocation(location), plainLocation(root)]
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`)
}

function plainLocation(text: string): string {
  const found = /^(?:file:(?:\/\/(?:localhost)?(?=\/))?|([a-z][\w+.-]*:\/\/[^/?]*))?([^?]*)/is.exec(text)
  const parts: string[] = []
  for (const part of (found?.[2] ?? '').split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `${found?.[1] ?? ''}/${parts.join('/')}`
}

/** An artifact as a thing that can be held: what stands on a file keeps it from being replaced. */
export function artifactRef(owner: { kind: ArtifactOwner; id: string }, path: string): Ref {
  return ref('artifact', `${owner.kind}/${owner.id}/${path}`)
}
