import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { edgeProblem } from '../model/edge-problems.ts'

const version = '1.30.0'
/** Of the npm registry's own record of this version. */
const sha512 = 'q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=='

/** The files of onnxruntime-web that a page needs to run models with WebAssembly. */
export const webRuntimeFiles = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']

/**
 * onnxruntime-web's files by name, from the npm package: a given tarball, the cache, or the registry. Throws
 * `model-export/no-web-runtime`, `wrong-web-runtime`.
 */
export async function webRuntime(options: {
  readonly tarball?: string | undefined
  readonly cache: string
  readonly registry: string
}): Promise<ReadonlyMap<string, Uint8Array>> {
  const cached = join(options.cache, `onnxruntime-web-${version}.tgz`)
  const path = options.tarball ?? (existsSync(cached) ? cached : undefined)
  const bytes = path === undefined ? await download(options.registry) : readFileSync(path)
  if (createHash('sha512').update(bytes).digest('base64') !== sha512)
    throw edgeProblem['wrong-web-runtime']({ version })
  if (path === undefined) {
    mkdirSync(options.cache, { recursive: true })
    writeFileSync(`${cached}.tmp`, bytes)
    renameSync(`${cached}.tmp`, cached)
  }
  const wanted = new Map(webRuntimeFiles.map((name) => [`package/dist/${name}`, name]))
  const files = new Map<string, Uint8Array>()
  for (const [name, content] of tarEntries(gunzipSync(bytes))) {
    const file = wanted.get(name)
    if (file !== undefined) files.set(file, content)
  }
  return files
}

async function download(registry: string): Promise<Buffer> {
  const url = `${registry.replace(/\/$/, '')}/onnxruntime-web/-/onnxruntime-web-${version}.tgz`
  try {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    return Buffer.from(await response.arrayBuffer())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw edgeProblem['no-web-runtime']({ url, reason }, error)
  }
}

/** Names and contents of a tar file's plain files (POSIX ustar; https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html). */
function* tarEntries(tar: Buffer): Generator<[string, Uint8Array]> {
  for (let at = 0; at + 512 <= tar.length;) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '')
    if (name === '') return
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8)
    yield [name, tar.subarray(at + 512, at + 512 + size)]
    at += 512 + Math.ceil(size / 512) * 512
  }
}
