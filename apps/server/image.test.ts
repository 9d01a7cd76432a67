import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, checkImage, createRunner, nodePackages } from './edge-parts.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-image-'))
const modelPath = join(folder, 'model.onnx')
beforeAll(() => writeFileSync(modelPath, tinyModel({ weights: { a: 1, b: -2 }, bias: 0.5 })))
afterAll(() => rmSync(folder, { recursive: true }))

async function build(output: string, base?: string) {
  const { signature } = await createRunner({ format: 'onnx', path: modelPath })
  const report = await buildImage({
    output,
    base,
    builtBy: '0.0.0',
    bundle: {
      modelPath,
      modelName: 'models:/tiny/3',
      version: {
        id: 'ver_1',
        number: 3,
      },
      signature,
      processing: undefined,
      log: undefined,
      nodePackages: nodePackages(),
      web: {
        cache: folder,
        registry: '',
      },
    },
  })
  return { report, image: join(output, 'image') }
}

interface Index {
  readonly manifests: readonly { readonly digest: string }[]
}
interface Manifest {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
}
interface Config {
  readonly config: { readonly User: string; readonly Cmd: readonly string[]; readonly Labels: Record<string, string> }
}

// The forms are the image specification's.
const read = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T

function open(image: string) {
  const blob = (digest: string) => join(image, 'blobs', ...digest.split(':'))
  const manifest = read<Manifest>(blob(read<Index>(join(image, 'index.json')).manifests[0]?.digest ?? ''))
  return { manifest, blob, config: read<Config>(blob(manifest.config.digest)) }
}

describe('an image without a daemon', () => {
  it('has right digests, a user without rights, labels, the model and a bill of materials', async () => {
    const output = join(folder, 'plain')
    const { report, image } = await build(output)
    expect(await checkImage(image)).toEqual([])
    const { manifest, blob, config } = open(image)
    expect(manifest.layers).toHaveLength(2)
    expect(report.digest).toBe(read<Index>(join(image, 'index.json')).manifests[0]?.digest)
    expect(config.config).toMatchObject({ User: '65532:65532', Cmd: ['/app/server.mjs'] })
    expect(config.config.Labels).toMatchObject({ 'dev.millrace.model-version-id': 'ver_1' })
    // Another program's tar reads the layer.
    const unpacked = join(folder, 'unpacked')
    mkdirSync(unpacked)
    execFileSync('tar', ['xzf', blob(manifest.layers[1]?.digest ?? ''), '-C', unpacked])
    expect(readFileSync(join(unpacked, 'app', 'model.onnx')).equals(readFileSync(modelPath))).toBe(true)
    const sbom = read<{ components: { name: string }[] }>(join(output, 'sbom.cdx.json'))
    expect(sbom.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['models:/tiny/3', 'onnxruntime-node', 'node']),
    )
    expect(readdirSync(join(output, 'context'))).toEqual(
      expect.arrayContaining(['Dockerfile', '.dockerignore', 'server.mjs']),
    )
  }, 120_000)

  it('adds to a base image, and says what is wrong with one that is none', async () => {
    const { image } = await build(join(folder, 'on-base'), join(folder, 'plain', 'image'))
    expect(await checkImage(image)).toEqual([])
    expect(open(image).manifest.layers).toHaveLength(3)
    await expect(build(join(folder, 'bad'), folder)).rejects.toThrow('it has no index.json')
  }, 120_000)

  it('shows a blob that was changed', async () => {
    const image = join(folder, 'on-base', 'image')
    const { manifest, blob } = open(image)
    const path = blob(manifest.config.digest)
    writeFileSync(path, readFileSync(path, 'utf8').replace('65532', '65533'))
    expect(await checkImage(image)).toEqual([`${manifest.config.digest} has another digest`])
  })
})
