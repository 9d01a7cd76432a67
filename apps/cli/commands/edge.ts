import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Problem } from '@millrace/contract'
import type { EdgeModel, EdgeTarget, OutputDifference } from '@millrace/model-serving/edge'
import type * as EdgeParts from '@millrace/server/edge'
import type { CommandContext } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatNumber } from '@millrace/terminal'
import type { LocalModel } from './local-model.ts'
import { cacheFolder, localModel } from './local-model.ts'

/** `millrace edge export`: a bundle that predicts without a server. */
export const edgeExport = command({
  path: ['edge', 'export'],
  summary: 'Writes a self-contained bundle that predicts offline: for Node, for browsers, or for a container',
  usage: 'MODEL --target node|browser|docker --output DIR',
  minimumArgs: 1,
  options: [
    { name: 'target', describe: 'node, browser or docker', value: 'TARGET' },
    { name: 'output', describe: 'The bundle’s folder, new or empty', value: 'DIR' },
    { name: 'quantize', describe: 'int8: smaller weights; says how far the outputs move', value: 'KIND' },
    { name: 'python', describe: 'A Python with onnx and onnxruntime, for --quantize; default python3', value: 'PATH' },
    { name: 'processing', describe: 'A module that exports before(row) or after(outputs, row)', value: 'FILE' },
    {
      name: 'endpoint',
      describe: 'Keep a prediction log and send it to this endpoint when the server is seen',
      value: 'NAME',
    },
    {
      name: 'runtime',
      describe: 'The npm package onnxruntime-web as a file, where the registry is out of reach',
      value: 'FILE.tgz',
    },
  ],
  examples: [
    'millrace edge export models:/flight-delay@champion --target browser --output edge/',
    'millrace edge export model.onnx --target node --output edge/ --quantize int8 --python .venv/bin/python',
  ],
  run: async (context) => {
    const { text, args, api, env, print } = context
    const target = targetOf(text('target'))
    const output = resolve(required(text('output'), 'output'))
    const cache = cacheFolder(env)
    const edge = await import('@millrace/server/edge')
    const model = await localModel(args[0] ?? '', api, cache)
    const scratch = mkdtempSync(join(tmpdir(), 'millrace-edge-'))
    try {
      const { modelPath, difference, signature } = await prepared(edge, model, context, scratch)
      const endpoint = text('endpoint')
      const { workspace, url: server } = api
      const report = await edge.exportEdge({
        target,
        output,
        modelPath,
        signature,
        modelName: model.name,
        processing: text('processing'),
        version:
          model.version === undefined
            ? undefined
            : {
                id: model.version.id,
                number: model.version.version,
              },
        log:
          endpoint === undefined
            ? undefined
            : {
                server,
                workspace,
                endpoint,
                endpointHash: edge.endpointHashOf(workspace, endpoint),
              },
        nodePackages: edge.nodePackages(),
        web: {
          tarball: text('runtime'),
          cache,
          registry: env['npm_config_registry'] ?? 'https://registry.npmjs.org',
        },
      })
      const latencyMs = target === 'node' ? await latencyOf(output) : null
      const { sizeBytes, modelBytes } = report
      const lines = [
        `The bundle at ${output} has ${formatBytes(sizeBytes)}, its model ${formatBytes(modelBytes)}.`,
        ...(latencyMs === null ? [] : [`A row takes ${formatNumber(latencyMs)} ms here (median of 500).`]),
        ...(difference?.outputs ?? []).map(
          ({ name, largest, mean }) =>
            `Quantised, "${name}" moves by ${formatNumber(mean)} on average and ${formatNumber(largest)} at most (${difference?.rows ?? 0} ${difference?.from ?? ''} rows).`,
        ),
      ]
      print({ output, target, sizeBytes, modelBytes, latencyMs, difference: difference ?? null }, lines.join('\n'))
      return exitCodes.ok
    } finally {
      rmSync(scratch, { recursive: true })
    }
  },
})

type Edge = typeof EdgeParts

async function prepared(edge: Edge, model: LocalModel, { text }: CommandContext, scratch: string) {
  const runner = await edge.createRunner(model.source)
  const { signature } = runner
  const kind = text('quantize')
  if (kind === undefined) {
    await runner.close()
    return { modelPath: model.source.path, signature, difference: undefined }
  }
  if (kind !== 'int8') throw new Problem('client/usage', 400, `--quantize takes int8, not "${kind}".`)
  const modelPath = join(scratch, 'model.onnx')
  await edge.quantizeInt8(text('python') ?? 'python3', model.source.path, modelPath)
  const small = await edge.createRunner({ format: 'onnx', path: modelPath })
  const difference: OutputDifference = await edge.compareOutputs(
    runner,
    small,
    edge.syntheticRows(runner, 1000),
    'synthetic',
  )
  await runner.close()
  await small.close()
  return { modelPath, signature, difference }
}

/** The bundle's own runtime, one row at a time. */
async function latencyOf(output: string): Promise<number | null> {
  const { load } = (await import(pathToFileURL(join(output, 'predict.mjs')).href)) as { load: () => Promise<EdgeModel> } // node-runtime.ts
  const model = await load()
  if (model.manifest.log !== null || model.manifest.processing) return null
  const row = Object.fromEntries(
    model.manifest.signature.inputs.map(({ name, datatype, shape }) => {
      const width = shape.slice(1).reduce((product, size) => product * Math.max(1, size), 1)
      return [name, Array.from({ length: width }, () => (datatype === 'BYTES' ? 'a' : 1))]
    }),
  )
  const times: number[] = []
  for (let at = 0; at < 500; at += 1) {
    const begun = performance.now()
    await model.predict([row])
    times.push(performance.now() - begun)
  }
  return times.toSorted((one, other) => one - other)[250] ?? 0
}

function targetOf(text: string | undefined): EdgeTarget {
  if (text === 'node' || text === 'browser' || text === 'docker') return text
  throw new Problem('model-export/bad-target', 400, `"${text ?? ''}" is no target. Take node, browser or docker.`)
}

function required(value: string | undefined, name: string): string {
  if (value !== undefined) return value
  throw new Problem('client/usage', 400, `--${name} is missing.`)
}
