import { createHash } from 'node:crypto'
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { edgeProblem } from '../../edge/model/edge-problems.ts'
import type { LayerEntry } from './tar-layer.ts'
import { writeLayer } from './tar-layer.ts'

// Forms: https://github.com/opencontainers/image-spec (image-layout.md, manifest.md, config.md), version 1.1.

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
  readonly annotations?: Readonly<Record<string, string>>
}

interface Manifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

interface Config {
  readonly config?: { readonly Env?: readonly string[]; readonly Entrypoint?: readonly string[] }
  readonly rootfs: { readonly diff_ids: readonly string[] }
  readonly history?: readonly object[]
}

/** What an image adds to its base. */
export interface ImageWish {
  readonly folder: string
  /** An OCI image layout on this machine; without one the layers are all there is. */
  readonly base: string | undefined
  readonly layers: readonly { readonly entries: readonly LayerEntry[]; readonly says: string }[]
  readonly architecture: string
  /** Used where the base has none. */
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly user: string
  readonly port: number
  readonly labels: Readonly<Record<string, string>>
  readonly name: string
}

const media = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}

/** Writes an OCI image layout; gives the manifest's digest. Throws `model-export/bad-base`. */
export async function writeImage(wish: ImageWish): Promise<{ digest: string; sizeBytes: number }> {
  const blobs = join(wish.folder, 'blobs', 'sha256')
  mkdirSync(blobs, { recursive: true })
  const base = wish.base === undefined ? undefined : readBase(wish.base, wish.architecture)
  if (base !== undefined) copyLayers(base, wish.folder)
  const added: { descriptor: Descriptor; diffId: string; says: string }[] = []
  for (const { entries, says } of wish.layers) {
    const temporary = join(blobs, 'layer.tmp')
    const { digest, diffId, sizeBytes } = await writeLayer(temporary, entries)
    renameSync(temporary, join(blobs, digest))
    added.push({
      says,
      diffId: `sha256:${diffId}`,
      descriptor: { mediaType: media.layer, digest: `sha256:${digest}`, size: sizeBytes },
    })
  }
  const config = writeBlob(wish.folder, media.config, configOf(wish, base?.config, added))
  const layers = [...(base?.manifest.layers ?? []), ...added.map(({ descriptor }) => descriptor)]
  const manifest = writeBlob(wish.folder, media.manifest, {
    schemaVersion: 2,
    mediaType: media.manifest,
    config,
    layers,
  })
  const platform = { os: 'linux', architecture: wish.architecture }
  const annotations = { 'org.opencontainers.image.ref.name': wish.name }
  const index = { schemaVersion: 2, mediaType: media.index, manifests: [{ ...manifest, platform, annotations }] }
  writeFileSync(join(wish.folder, 'index.json'), JSON.stringify(index))
  writeFileSync(join(wish.folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  return {
    digest: manifest.digest,
    sizeBytes: layers.reduce((sum, { size }) => sum + size, config.size + manifest.size),
  }
}

/** Everything that is wrong with a layout: digests, sizes, layers that are not what the config says. Empty where all is right. */
export async function checkImage(folder: string): Promise<string[]> {
  const wrong: string[] = []
  const check = (of: Descriptor) => {
    const path = blobPath(folder, of.digest)
    if (!existsSync(path)) wrong.push(`${of.digest} is missing`)
    else if (statSync(path).size !== of.size)
      wrong.push(`${of.digest} has ${statSync(path).size} bytes, not ${of.size}`)
    else
      return hashOf(path, false).then(
        (found) => `sha256:${found}` === of.digest || void wrong.push(`${of.digest} has another digest`),
      )
    return undefined
  }
  for (const found of readJson<{ manifests: Descriptor[] }>(join(folder, 'index.json')).manifests) {
    await check(found)
    const manifest = readJson<Manifest>(blobPath(folder, found.digest))
    await check(manifest.config)
    const { rootfs } = readJson<Config>(blobPath(folder, manifest.config.digest))
    if (rootfs.diff_ids.length !== manifest.layers.length) wrong.push('the config names another number of layers')
    for (const [at, layer] of manifest.layers.entries()) {
      await check(layer)
      const diffId = `sha256:${await hashOf(blobPath(folder, layer.digest), layer.mediaType.endsWith('gzip'))}`
      if (diffId !== rootfs.diff_ids[at])
        wrong.push(`${layer.digest} unpacks to ${diffId}, not ${rootfs.diff_ids[at] ?? 'nothing'}`)
    }
  }
  return wrong
}

function copyLayers({ folder, manifest }: { readonly folder: string; readonly manifest: Manifest }, to: string): void {
  for (const { digest } of manifest.layers) copyFileSync(blobPath(folder, digest), blobPath(to, digest))
}

function configOf(
  wish: ImageWish,
  base: Config | undefined,
  added: readonly { diffId: string; says: string }[],
): object {
  const { architecture, user, port, labels, command, entrypoint } = wish
  const { Env: environment = ['PATH=/usr/local/bin:/usr/bin:/bin'], Entrypoint = entrypoint } = base?.config ?? {}
  return {
    architecture,
    os: 'linux',
    config: {
      User: user,
      WorkingDir: '/app',
      Env: [
        ...environment.filter((text) => !text.startsWith('PORT=')),
        `PORT=${port}`,
        'NODE_ENV=production',
        'ORT_DISABLE_TELEMETRY=1',
      ],
      Entrypoint,
      Cmd: command,
      ExposedPorts: { [`${port}/tcp`]: {} },
      Labels: labels,
    },
    rootfs: {
      type: 'layers',
      diff_ids: [...(base?.rootfs.diff_ids ?? []), ...added.map(({ diffId }) => diffId)],
    },
    history: [...(base?.history ?? []), ...added.map(({ says }) => ({ created_by: says }))],
  }
}

function readBase(folder: string, architecture: string) {
  const bad = (reason: string) => edgeProblem['bad-base']({ path: folder, reason })
  if (!existsSync(join(folder, 'index.json'))) throw bad('it has no index.json')
  let { manifests } = readJson<{ manifests: Descriptor[] }>(join(folder, 'index.json'))
  // An index may name an index: one image for several platforms.
  for (;;) {
    const fits = manifests.filter(
      ({ platform }) => platform === undefined || (platform.os === 'linux' && platform.architecture === architecture),
    )
    const [first] = fits
    if (first === undefined) throw bad(`it has no image for linux/${architecture}`)
    if (!existsSync(blobPath(folder, first.digest))) throw bad(`the blob ${first.digest} is missing`)
    if (first.mediaType.includes('index') || first.mediaType.includes('manifest.list')) {
      manifests = readJson<{ manifests: Descriptor[] }>(blobPath(folder, first.digest)).manifests
      continue
    }
    const manifest = readJson<Manifest>(blobPath(folder, first.digest))
    const missing = manifest.layers.find(({ digest }) => !existsSync(blobPath(folder, digest)))
    if (missing !== undefined) throw bad(`the layer ${missing.digest} is missing`)
    return { folder, manifest, config: readJson<Config>(blobPath(folder, manifest.config.digest)) }
  }
}

function writeBlob(folder: string, mediaType: string, value: object): Descriptor {
  const bytes = Buffer.from(JSON.stringify(value))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  writeFileSync(blobPath(folder, digest), bytes)
  return { mediaType, digest, size: bytes.length }
}

const blobPath = (folder: string, digest: string) => join(folder, 'blobs', ...digest.split(':'))

/** T is what the image specification says of the file. */
const readJson = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T

async function hashOf(path: string, unpacked: boolean): Promise<string> {
  const hash = createHash('sha256')
  if (unpacked) await pipeline(createReadStream(path), createGunzip(), hash)
  else await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
