import type { DirectTransfers, ObjectInfo, ObjectStore, ResumableUploads, StagedObject } from './object-store.ts'
import { contentKeyOf, objectProblem } from './object-store.ts'

/**
 * One store out of two: keys below `<prefix>/` lie in `mounted`, without the prefix; all others in `base`. So artifacts
 * can lie in a bucket whose layout others know while everything else stays where it is.
 */
export function mountStore(base: ObjectStore, prefix: string, mounted: ObjectStore): ObjectStore {
  const start = `${prefix}/`
  const at = (key: string): readonly [ObjectStore, string] =>
    key.startsWith(start) ? [mounted, key.slice(start.length)] : [base, key]
  const direct = mounted.direct === undefined ? undefined : directBelow(start, mounted.direct)
  return {
    stage: async (key, body): Promise<StagedObject> => {
      const [store, inner] = at(key)
      return { ...(await store.stage(inner, body)), key }
    },
    put: async (key, body) => {
      const [store, inner] = at(key)
      return { ...(await store.put(inner, body)), key }
    },
    putContent: async (folder, body) => {
      const stored = await at(`${folder}/x`)[0].putContent(at(`${folder}/x`)[1].slice(0, -2), body)
      return { ...stored, key: contentKeyOf(folder, stored.digest) }
    },
    open: async (key) => {
      const [store, inner] = at(key)
      return { ...(await store.open(inner)), key }
    },
    get: (key, range) => at(key)[0].get(at(key)[1], range),
    stat: async (key) => {
      const [store, inner] = at(key)
      const found = await store.stat(inner)
      return found === undefined ? undefined : { ...found, key }
    },
    list: (folder, options) => {
      const inside = folder === prefix || folder.startsWith(start)
      if (!inside) return base.list(folder, options)
      return renamed(mounted.list(folder.slice(start.length), options), start)
    },
    delete: (key) => at(key)[0].delete(at(key)[1]),
    localPath: (key) => at(key)[0].localPath(at(key)[1]),
    ...(direct === undefined ? {} : { direct }),
    resumable: uploadsOf(at),
  }
}

/** Which of the two stores an upload goes to is written before what that store calls it. */
function uploadsOf(at: (key: string) => readonly [ObjectStore, string]): ResumableUploads {
  const uploadsIn = (store: ObjectStore, key: string): ResumableUploads => {
    if (store.resumable === undefined) throw objectProblem['read-only']({ location: key })
    return store.resumable
  }
  const known = (upload: string) => {
    const cut = upload.indexOf('\n')
    const key = upload.slice(0, cut)
    return { uploads: uploadsIn(at(key)[0], key), inner: upload.slice(cut + 1) }
  }
  return {
    begin: async (key) => `${key}\n${await uploadsIn(at(key)[0], key).begin(at(key)[1])}`,
    putPart: async (upload, part, bytes) => known(upload).uploads.putPart(known(upload).inner, part, bytes),
    digest: async (upload) => known(upload).uploads.digest?.(known(upload).inner),
    finish: async (upload, parts, sizeBytes) => known(upload).uploads.finish(known(upload).inner, parts, sizeBytes),
    abort: async (upload) => known(upload).uploads.abort(known(upload).inner),
  }
}

async function* renamed(list: AsyncIterable<ObjectInfo>, start: string): AsyncIterable<ObjectInfo> {
  for await (const info of list) yield { ...info, key: start + info.key }
}

/** Only what is mounted is transferred directly, so only its keys come here. */
function directBelow(start: string, direct: DirectTransfers): DirectTransfers {
  const inner = (key: string) => (key.startsWith(start) ? key.slice(start.length) : key)
  const { inParts } = direct
  return {
    signDownload: (key, seconds) => direct.signDownload(inner(key), seconds),
    signUpload: (key, seconds) => direct.signUpload(inner(key), seconds),
    ...(inParts === undefined
      ? {}
      : {
          inParts: {
            begin: (key) => inParts.begin(inner(key)),
            signPart: (key, id, part, seconds) => inParts.signPart(inner(key), id, part, seconds),
            complete: (key, id, parts) => inParts.complete(inner(key), id, parts),
            abort: (key, id) => inParts.abort(inner(key), id),
          },
        }),
  }
}
