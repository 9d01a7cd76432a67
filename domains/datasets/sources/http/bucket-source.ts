import type { Runtime } from '@millrace/kernel'
import { parseLocation } from '@millrace/kernel'
import { problem } from '../../contract.ts'
import { isPlainPath } from '../../model/file-path.ts'
import { refusePrivateHost } from './guarded-lookup.ts'
import type { Source, SourceFile, SourceRules } from './source.ts'

/** Files of a folder that one version may point at. */
const maximumFiles = 10_000

/** An object of a bucket, or all below a prefix, read with the server's own credentials. */
export async function bucketSource(runtime: Runtime, url: URL, rules: SourceRules): Promise<Source> {
  refuseOwnStore(runtime, url)
  refuseEndpoint(url, rules)
  const prefix = decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, '')
  if (prefix === '')
    throw problem['source-refused']({ url: url.href, reason: 'it names a whole bucket; name a file or a folder' })
  const root = new URL(url)
  root.pathname = ''
  const store = await runtime.openObjects(root.href)
  return {
    single: { path: nameOf(prefix), key: prefix },
    probe: async () => {
      const one = await store.stat(prefix)
      if (one !== undefined) return [stateOf(nameOf(prefix), prefix, one)]
      const files: SourceFile[] = []
      for await (const found of store.list(prefix)) {
        const path = found.key.slice(prefix.length + 1)
        if (!isPlainPath(path)) continue
        files.push(stateOf(path, found.key, found))
        if (files.length > maximumFiles)
          throw problem['source-refused']({ url: url.href, reason: `it holds more than ${maximumFiles} files` })
      }
      if (files.length === 0) throw problem['source-unreachable']({ url: url.href, reason: 'nothing is there' })
      return files
    },
    read: async function* (key) {
      for await (const piece of await store.get(key)) yield piece as Uint8Array // binary streams yield bytes
    },
  }
}

function stateOf(path: string, key: string, found: { sizeBytes: number; modifiedAtMs: number }): SourceFile {
  return { path, key, sizeBytes: found.sizeBytes, etag: `modified ${new Date(found.modifiedAtMs).toISOString()}` }
}

const nameOf = (prefix: string) => prefix.slice(prefix.lastIndexOf('/') + 1)

/** What this server keeps for all workspaces is nobody's source. */
function refuseOwnStore(runtime: Runtime, url: URL): void {
  const { artifactStore, artifactsDestination } = runtime.config
  for (const own of [artifactStore, artifactsDestination]) {
    if (own === undefined || own.startsWith('/')) continue
    const place = parseLocation(own)
    const asked = parseLocation(url.href)
    const bucket = (found: typeof place) =>
      'bucket' in found ? found.bucket : 'container' in found ? found.container : ''
    if (place.kind === asked.kind && bucket(place) === bucket(asked) && bucket(asked) !== '')
      throw problem['source-refused']({ url: url.href, reason: "it is this server's own store" })
  }
}

/** An endpoint in the address would let anybody send this server's requests anywhere. */
function refuseEndpoint(url: URL, rules: SourceRules): void {
  const endpoint = url.searchParams.get('endpoint')
  if (endpoint === null) return
  if (!URL.canParse(endpoint)) throw problem['source-refused']({ url: url.href, reason: 'its endpoint is no address' })
  refusePrivateHost(url.href, new URL(endpoint).hostname, rules)
  if (!rules.privateAddresses)
    throw problem['source-refused']({ url: url.href, reason: "an endpoint of its own needs the administrator's leave" })
}
