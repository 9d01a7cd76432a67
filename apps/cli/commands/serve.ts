import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, exitCodes } from '@millrace/terminal'

const defaultPort = '7402'

/** `millrace serve MODEL`: one model behind one port, with the addresses of MLflow, SageMaker and others at its root. */
export const serve = command({
  path: ['serve'],
  summary: 'Serves one model: a file, a folder, models:/name@alias, runs:/id/path',
  passThrough: true,
  options: [
    { name: 'port', describe: `Port of its predictions; default ${defaultPort}`, value: 'PORT' },
    { name: 'host', describe: 'Address to listen on; default 127.0.0.1', value: 'HOST' },
    { name: 'data-dir', describe: 'Data directory that has the registered model; default .millrace', value: 'DIR' },
    { name: 'serving-python', describe: 'Python interpreter for models that need one', value: 'PYTHON' },
  ],
  examples: [
    'millrace serve ./model.onnx --port 8080',
    'millrace serve ./mlruns/model --serving-python .venv/bin/python',
    'millrace serve models:/iris@champion --data-dir /srv/millrace',
  ],
  run: async ({ argv, env }) => {
    const [model, ...given] = argv
    if (model === undefined || model.startsWith('-')) {
      process.stderr.write(
        'Name the model first: millrace serve MODEL [--port PORT]. It is a file, a folder, models:/… or runs:/….\n',
      )
      return exitCodes.usage
    }
    const { port, rest } = takePort(given)
    const own = /^(models|runs):/.test(model) ? undefined : await mkdtemp(join(tmpdir(), 'millrace-serve-'))
    const folder = own === undefined || rest.some((word) => word.startsWith('--data-dir')) ? [] : ['--data-dir', own]
    process.stdout.write(`Serving ${model}: POST http://127.0.0.1:${port}/invocations\n`)
    try {
      const { runServer } = await import('@millrace/server')
      return await runServer(['--port', '0', '--predict-port', port, '--serve-model', model, ...folder, ...rest], env)
    } finally {
      if (own !== undefined) await rm(own, { recursive: true, force: true })
    }
  },
})

function takePort(given: readonly string[]): { port: string; rest: readonly string[] } {
  const at = given.findIndex((word) => word === '--port' || word.startsWith('--port='))
  const word = given[at]
  if (word === undefined) return { port: defaultPort, rest: given }
  const joined = word.startsWith('--port=')
  const port = joined ? word.slice('--port='.length) : (given[at + 1] ?? defaultPort)
  return { port, rest: given.toSpliced(at, joined ? 1 : 2) }
}
