import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Signature } from '../../model/tensor.ts'
import type { EdgeLog, EdgeManifest } from './edge-model.ts'
import { edgeProblem } from '../model/edge-problems.ts'
import { webRuntime } from './web-runtime.ts'

export type EdgeTarget = 'node' | 'browser' | 'docker'

/** What a bundle is made of. */
export interface EdgeExport {
  readonly target: EdgeTarget
  readonly output: string
  /** The ONNX file, quantised already where that was asked for. */
  readonly modelPath: string
  readonly modelName: string
  readonly version: { readonly id: string; readonly number: number } | undefined
  readonly signature: Signature
  /** A module that exports `before` and `after`. */
  readonly processing: string | undefined
  /** Where the prediction log goes; without it none is kept. */
  readonly log: EdgeLog | undefined
  /** The folders of the npm packages onnxruntime-node and onnxruntime-common. */
  readonly nodePackages: { readonly node: string; readonly common: string }
  readonly web: { readonly tarball?: string | undefined; readonly cache: string; readonly registry: string }
}

/** Writes a self-contained bundle. Throws problems of `model-export`. */
export async function exportEdge(
  wish: EdgeExport,
): Promise<{ manifest: EdgeManifest; sizeBytes: number; modelBytes: number }> {
  const { output, target } = wish
  if (existsSync(output) && readdirSync(output).length > 0) throw edgeProblem['output-in-use']({ path: output })
  const web = target === 'browser' ? await webRuntime(wish.web) : new Map<string, Uint8Array>()
  mkdirSync(output, { recursive: true })
  cpSync(wish.modelPath, join(output, 'model.onnx'))
  writeSource(output, 'edge-model.mjs', new URL('edge-model.ts', import.meta.url))
  if (wish.processing !== undefined) writeProcessing(output, wish.processing)
  if (target === 'browser') {
    writeSource(output, 'predict.mjs', new URL('browser-runtime.ts', import.meta.url))
    for (const [name, bytes] of web) writeFileSync(join(output, name), bytes)
    writeFileSync(join(output, 'index.html'), page)
  } else writeNode(wish)
  const manifest = manifestOf(wish)
  writeFileSync(join(output, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return { manifest, sizeBytes: sizeOf(output), modelBytes: statSync(join(output, 'model.onnx')).size }
}

function manifestOf({ modelName, version, log, signature, processing, output }: EdgeExport): EdgeManifest {
  return {
    format: 1,
    model: modelName,
    versionId: version?.id ?? null,
    version: version?.number ?? null,
    log: log ?? null,
    signature,
    processing: processing !== undefined,
    files: digests(output),
  }
}

function writeNode({ target, output, nodePackages }: EdgeExport): void {
  writeSource(output, 'predict.mjs', new URL('node-runtime.ts', import.meta.url))
  const platform = target === 'docker' ? 'linux' : process.platform
  const to = join(output, 'node_modules')
  const native = join('bin', 'napi-v6', platform, process.arch)
  for (const part of ['package.json', 'dist', native]) {
    cpSync(join(nodePackages.node, part), join(to, 'onnxruntime-node', part), { recursive: true, dereference: true })
  }
  for (const part of ['package.json', join('dist', 'cjs')]) {
    cpSync(join(nodePackages.common, part), join(to, 'onnxruntime-common', part), {
      recursive: true,
      dereference: true,
      filter: (path) => !path.endsWith('.map'),
    })
  }
  writeFileSync(
    join(output, 'package.json'),
    `${JSON.stringify({ name: 'edge-model', private: true, type: 'module', main: 'predict.mjs' }, null, 2)}\n`,
  )
  if (target !== 'docker') return
  writeSource(output, 'server.mjs', new URL('edge-server.ts', import.meta.url))
  writeFileSync(join(output, 'Dockerfile'), dockerfile)
  writeFileSync(join(output, '.dockerignore'), 'Dockerfile\n.dockerignore\nprediction-buffer.jsonl\n')
}

const imports: Readonly<Record<string, string>> = {
  './edge-model.ts': './edge-model.mjs',
  './node-runtime.ts': './predict.mjs',
}

/** The runtimes are TypeScript without anything but types to strip. */
function writeSource(output: string, name: string, source: URL): void {
  const text = stripTypeScriptTypes(readFileSync(fileURLToPath(source), 'utf8'))
  const linked = text.replaceAll(/from '([^']+)'/g, (whole, from: string) => {
    const to = imports[from]
    return to === undefined ? whole : `from '${to}'`
  })
  writeFileSync(join(output, name), linked)
}

function writeProcessing(output: string, path: string): void {
  const text = readFileSync(path, 'utf8')
  writeFileSync(join(output, 'processing.mjs'), path.endsWith('.ts') ? stripTypeScriptTypes(text) : text)
}

/** Digests of what the runtime loads itself; the packages' own files are checked by nobody at load. */
function digests(output: string): Record<string, string> {
  const names = readdirSync(output, { withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    names
      .map(({ name }) => name)
      .filter((name) => /\.(onnx|mjs|wasm)$/.test(name))
      .toSorted()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(output, name)))
          .digest('hex'),
      ]),
  )
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

const dockerfile = `FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /app
COPY --chown=65532:65532 . .
USER 65532
ENV PORT=8080 ORT_DISABLE_TELEMETRY=1
EXPOSE 8080
CMD ["server.mjs"]
`

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Model</title>
<textarea id="rows" rows="6" cols="80" aria-label="Rows as JSON">[{}]</textarea>
<p><button id="predict">Predict</button></p>
<pre id="answer"></pre>
<script type="module">
  import { load } from './predict.mjs'
  const model = await load()
  const answer = document.querySelector('#answer')
  document.querySelector('#predict').addEventListener('click', async () => {
    try {
      answer.textContent = JSON.stringify(await model.predict(JSON.parse(document.querySelector('#rows').value)), null, 2)
    } catch (error) {
      answer.textContent = error.message
    }
  })
  addEventListener('online', () => void model.sync().catch(() => {}))
</script>
</html>
`
