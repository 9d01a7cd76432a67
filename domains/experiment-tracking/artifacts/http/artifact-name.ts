import type { CallContext, ObjectStore, Runtime } from '@millrace/kernel'
import { problem } from '../../model/problems.ts'
import type { ArtifactOwner } from '../../model/run.ts'
import { liesBelow, placeOfRoot } from '../model/artifact-place.ts'

/** Names an artifact: whose, and its path. */
export interface ArtifactName {
  readonly owner: ArtifactOwner
  readonly id: string
  readonly path: string
}

/** A place of artifacts, opened. */
export interface OpenPlace {
  readonly store: ObjectStore
  /** What stands before an artifact's path in its key; ends in `/` where it is not empty. */
  readonly prefix: string
  /** Only this server writes there, so that its manifest is the truth; elsewhere the place itself is. */
  readonly managed: boolean
}

/** Opens an owner's root. Throws `artifacts-elsewhere` for a place of this machine or account that nobody gave to this server. */
export async function openPlace(runtime: Runtime, context: CallContext, root: string): Promise<OpenPlace> {
  const place = placeOfRoot(root)
  if (place.kind === 'own') {
    const managed = runtime.config.artifactsDestination === undefined
    return { store: runtime.objects, prefix: `${place.prefix}/`, managed }
  }
  if (!isGiven(runtime, context, place.location)) throw problem['artifacts-elsewhere']({ root: place.location })
  return { store: await runtime.openObjects(place.location), prefix: '', managed: false }
}

/**
 * The person at an open local server may read what its process may, as in a shell. Everybody else only reaches places
 * that whoever started the server has named, or an experiment's location would open every file there is.
 */
function isGiven(runtime: Runtime, context: CallContext, location: string): boolean {
  if (context.actor.kind === 'local' || context.actor.kind === 'system') return true
  const { defaultArtifactRoot, artifactsDestination } = runtime.config
  return [defaultArtifactRoot, artifactsDestination].some((root) => root !== undefined && liesBelow(location, root))
}

const writers = new Map<string, { count: number; met: boolean }>()

/**
 * Counts the writers of a key in this process: `met` says whether another was, or is, at work since this one began, so
 * that what this one has read of the manifest may be old.
 */
export async function amongWriters<T>(key: string, work: (met: () => boolean) => Promise<T>): Promise<T> {
  const all = writers.get(key) ?? { count: 0, met: false }
  all.count += 1
  all.met ||= all.count > 1
  writers.set(key, all)
  try {
    return await work(() => all.met)
  } finally {
    all.count -= 1
    if (all.count === 0) writers.delete(key)
  }
}

const waiting = new Map<string, Promise<unknown>>()

/** Lets one at a time touch a key of this process's store; between processes the mark in the manifest does it. */
export function alone<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = waiting.get(key) ?? Promise.resolve()
  const mine = before.catch(() => undefined).then(work)
  const settled = mine
    .catch(() => undefined)
    .finally(() => {
      if (waiting.get(key) === settled) waiting.delete(key)
    })
  waiting.set(key, settled)
  return mine
}
