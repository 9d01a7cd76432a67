import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { edgeProblem } from '../../edge/model/edge-problems.ts'
import type { EdgeExport } from '../../edge/process/export-edge.ts'
import { exportEdge } from '../../edge/process/export-edge.ts'
import { writeImage } from './oci-layout.ts'
import type { LayerEntry } from './tar-layer.ts'

/** What an image is made of. */
export interface ImageBuild {
  readonly output: string
  readonly bundle: Omit<EdgeExport, 'target' | 'output'>
  /** An OCI image layout with a Node of its own. Without one, this machine's Node and its libraries are the whole system. */
  readonly base: string | undefined
  readonly builtBy: string
}

const nobody = 65_532
const port = 8080

/**
 * Writes `context/` (Dockerfile, .dockerignore, bundle), `image/` (an OCI image layout) and `sbom.cdx.json`. The image runs
 * as a user without rights, holds no shell and no package manager of its own, and answers POST /invocations and GET /ping.
 */
export async function buildImage(wish: ImageBuild): Promise<{ digest: string; sizeBytes: number; layers: string }> {
  const { output, base } = wish
  if (existsSync(output) && readdirSync(output).length > 0) throw edgeProblem['output-in-use']({ path: output })
  const context = join(output, 'context')
  mkdirSync(context, { recursive: true })
  await exportEdge({ ...wish.bundle, target: 'docker', output: context })
  const sbom = `${JSON.stringify(sbomOf(wish, context), null, 2)}\n`
  writeFileSync(join(output, 'sbom.cdx.json'), sbom)
  cpSync(join(output, 'sbom.cdx.json'), join(context, 'sbom.cdx.json'))
  const app = { entries: appEntries(context), says: 'millrace build: model, runtime, server' }
  const system = {
    entries: base === undefined ? systemEntries(context) : [],
    says: 'millrace build: node and its libraries',
  }
  const image = await writeImage({
    folder: join(output, 'image'),
    base,
    user: `${nobody}:${nobody}`,
    port,
    name: 'latest',
    layers: base === undefined ? [system, app] : [app],
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    entrypoint: ['/usr/bin/node'],
    command: ['/app/server.mjs'],
    labels: labelsOf(wish),
  })
  return {
    ...image,
    layers:
      base === undefined
        ? "this machine's Node and its libraries, the model and its runtime"
        : 'the base, the model and its runtime',
  }
}

function labelsOf({ bundle: { modelName, version }, builtBy }: ImageBuild): Record<string, string> {
  return {
    'org.opencontainers.image.title': modelName,
    'org.opencontainers.image.version': String(version?.number ?? ''),
    'org.opencontainers.image.description': `${modelName}, answering POST /invocations and GET /ping`,
    'dev.millrace.model': modelName,
    'dev.millrace.model-version-id': version?.id ?? '',
    'dev.millrace.built-by': builtBy,
  }
}

function appEntries(context: string): LayerEntry[] {
  const found = readdirSync(context, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: relative(context, join(entry.parentPath, entry.name)) }))
    .filter(({ path }) => path !== 'Dockerfile' && path !== '.dockerignore')
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
  return [
    { path: 'app/', from: '', mode: 0o755, owner: nobody },
    ...found.map(({ entry, path }) =>
      entry.isDirectory()
        ? { path: `app/${path}/`, from: '', mode: 0o755, owner: nobody }
        : { path: `app/${path}`, from: join(context, path), mode: 0o644, owner: nobody },
    ),
  ]
}

/** Node, the shared libraries that it and the runtime name, and the few files that a system needs. */
function systemEntries(context: string): LayerEntry[] {
  const native = readdirSync(context, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(node|so(\.\d+)*)$/.test(path))
    .map((path) => join(context, path))
  const libraries = new Set(
    [process.execPath, ...native].flatMap(librariesOf).filter((path) => !path.startsWith(context)),
  )
  const files = [
    { path: 'usr/bin/node', from: realpathSync(process.execPath), mode: 0o755, owner: 0 },
    ...[...libraries].map((path) => ({ path: path.slice(1), from: realpathSync(path), mode: 0o755, owner: 0 })),
    {
      path: 'etc/passwd',
      from: Buffer.from(`root:x:0:0::/:/none\nnonroot:x:${nobody}:${nobody}::/app:/none\n`),
      mode: 0o644,
      owner: 0,
    },
    { path: 'etc/group', from: Buffer.from(`root:x:0:\nnonroot:x:${nobody}:\n`), mode: 0o644, owner: 0 },
  ]
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)))
  return [
    ...[...folders].toSorted().map((path) => ({ path: `${path}/`, from: '', mode: 0o755, owner: 0 })),
    { path: 'tmp/', from: '', mode: 0o1777, owner: 0 },
    ...files,
  ]
}

function librariesOf(path: string): string[] {
  const said = execFileSync('ldd', [path], { encoding: 'utf8' })
  return [...said.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)].map((match) => match[1] ?? '')
}

function parentsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [...parentsOf(parent), parent]
}

/** A CycloneDX 1.6 bill of materials (https://cyclonedx.org/docs/1.6/json/): the model, the packages, Node. */
function sbomOf({ bundle, base, builtBy }: ImageBuild, context: string): object {
  const hash = (path: string) => [
    { alg: 'SHA-256', content: createHash('sha256').update(readFileSync(path)).digest('hex') },
  ]
  const model = {
    type: 'machine-learning-model',
    name: bundle.modelName,
    version: String(bundle.version?.number ?? ''),
  }
  const packages = Object.values(bundle.nodePackages).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      string
    > // npm's own form
    return {
      type: 'library',
      name,
      version,
      purl: `pkg:npm/${name}@${version}`,
      licenses: [{ license: { id: license } }],
    }
  })
  const node = {
    type: 'platform',
    name: 'node',
    version: process.versions.node,
    purl: `pkg:generic/node@${process.versions.node}`,
  }
  const libraries =
    base === undefined
      ? librariesOf(process.execPath).map((path) => ({ type: 'library', name: path, hashes: hash(realpathSync(path)) }))
      : []
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'millrace', version: builtBy }] },
      component: { type: 'container', name: bundle.modelName },
    },
    components: [
      {
        ...model,
        hashes: hash(join(context, 'model.onnx')),
        properties: [{ name: 'size-bytes', value: String(statSync(join(context, 'model.onnx')).size) }],
      },
      ...packages,
      ...(base === undefined ? [node] : []),
      ...libraries,
    ],
  }
}
