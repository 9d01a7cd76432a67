import { resolve } from 'node:path'
import { Problem } from '@millrace/contract'
import { command, exitCodes, formatBytes } from '@millrace/terminal'
import { version } from '../version.ts'
import { cacheFolder, localModel } from './local-model.ts'

/** `millrace build`: a model as a container image, without a daemon. */
export const build = command({
  path: ['build'],
  summary: 'Writes a model as an OCI image layout and as a Dockerfile with its context, without a container daemon',
  usage: 'MODEL --output DIR',
  minimumArgs: 1,
  options: [
    { name: 'output', describe: 'The folder, new or empty', value: 'DIR' },
    {
      name: 'base',
      describe:
        'An OCI image layout with Node; without one, this machine’s Node and its libraries are the whole system',
      value: 'DIR',
    },
    { name: 'processing', describe: 'A module that exports before(row) or after(outputs, row)', value: 'FILE' },
  ],
  examples: [
    'millrace build models:/flight-delay@champion --output image/',
    'millrace build model.onnx --output image/ --base distroless-node/',
  ],
  run: async ({ text, args, api, env, print }) => {
    const output = text('output')
    if (output === undefined) throw new Problem('client/usage', 400, '--output is missing.')
    const { buildImage, checkImage, createRunner, nodePackages } = await import('@millrace/server/edge')
    const cache = cacheFolder(env)
    const model = await localModel(args[0] ?? '', api, cache)
    const runner = await createRunner(model.source)
    const { signature } = runner
    await runner.close()
    const folder = resolve(output)
    const base = text('base')
    const report = await buildImage({
      output: folder,
      builtBy: version,
      base: base === undefined ? undefined : resolve(base),
      bundle: {
        modelPath: model.source.path,
        modelName: model.name,
        signature,
        processing: text('processing'),
        log: undefined,
        version:
          model.version === undefined
            ? undefined
            : {
                id: model.version.id,
                number: model.version.version,
              },
        nodePackages: nodePackages(),
        web: {
          cache,
          registry: '',
        },
      },
    })
    const wrong = await checkImage(`${folder}/image`)
    if (wrong.length > 0) throw new Error(`The image was not written well: ${wrong.join('; ')}.`)
    print(
      { output: folder, ...report },
      [
        `The image ${report.digest} has ${formatBytes(report.sizeBytes)}: ${report.layers}. Every digest and size was read back.`,
        `Load it with: skopeo copy oci:${folder}/image docker-daemon:NAME:TAG, or build ${folder}/context with its Dockerfile.`,
      ].join('\n'),
    )
    return exitCodes.ok
  },
})
