import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, renameSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BatchManifest } from '@millrace/model-serving/batch'
import { batchProblem } from '@millrace/model-serving/batch'
import { openPlace } from './open-objects.ts'

/** True for `s3://…` and the like: data that batch prediction brings here first. */
export const isRemote = (text: string) => /^[a-z][\w+.-]*:\/\//i.test(text) && !text.startsWith('file:')

/** A folder of the cache for one remote place. */
export const folderFor = (cache: string, text: string) =>
  join(cache, createHash('sha256').update(text).digest('hex').slice(0, 24))

/** Brings an object, or all below a prefix, into a folder; what is there already in the same state stays. Throws `batch-prediction/no-input`. */
export async function fetchInput(text: string, cache: string): Promise<string> {
  const cut = text.lastIndexOf('/')
  const folder = folderFor(cache, text)
  const parent = await openPlace(text.slice(0, cut), join(cache, 'objects'))
  const name = text.slice(cut + 1)
  const one = name === '' ? undefined : await parent.stat(name)
  if (one !== undefined) return fetchObject(parent, one, join(folder, name))
  let found = false
  const store = await openPlace(text.replace(/\/$/, ''), join(cache, 'objects'))
  for await (const object of store.list('', { recursive: true })) {
    found = true
    await fetchObject(store, object, join(folder, object.key))
  }
  if (!found) throw batchProblem['no-input']({ path: text })
  return folder
}

/** Sends a finished output's files, its manifest last: whoever sees that sees all of them. */
export async function sendOutput(folder: string, text: string, manifest: BatchManifest): Promise<void> {
  const store = await openPlace(text.replace(/\/$/, ''), join(dirname(folder), 'objects'))
  for (const { file } of manifest.files) await store.put(file, createReadStream(join(folder, file)))
  await store.put('_manifest.json', createReadStream(join(folder, '_manifest.json')))
}

type Store = Awaited<ReturnType<typeof openPlace>>
type Listed = NonNullable<Awaited<ReturnType<Store['stat']>>>

async function fetchObject(store: Store, object: Listed, path: string): Promise<string> {
  const have = statSync(path, { throwIfNoEntry: false })
  // File systems keep whole milliseconds at least; the time is the object's own, so that the input reads as unchanged.
  if (have?.size === object.sizeBytes && Math.abs(have.mtimeMs - object.modifiedAtMs) < 2) return path
  mkdirSync(dirname(path), { recursive: true })
  await pipeline(await store.get(object.key), createWriteStream(`${path}.tmp`))
  const at = new Date(object.modifiedAtMs)
  utimesSync(`${path}.tmp`, at, at)
  renameSync(`${path}.tmp`, path)
  return path
}
