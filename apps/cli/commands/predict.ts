import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Problem } from '@millrace/contract'
import { askEndpoint } from '@millrace/model-serving/cli'
import type { BatchReport, BatchWish, DataFormat } from '@millrace/model-serving/batch'
import type { CommandContext } from '@millrace/terminal'
import { command, createProgress, exitCodes, formatBytes, formatCount, formatDuration } from '@millrace/terminal'
import { cacheFolder, localModel } from './local-model.ts'

/** `millrace predict`: asks an endpoint, or predicts whole files with a model on this machine. */
export const predict = command({
  path: ['predict'],
  summary: 'Predicts whole files with a model, on this machine; or asks an endpoint for predictions of rows',
  usage: '--model MODEL --input DATA --output DATA | ENDPOINT [FILE]',
  options: [
    {
      name: 'model',
      describe: 'models:/name@alias, models:/name/3, runs:/run/path, an ONNX file or folder',
      value: 'MODEL',
    },
    {
      name: 'input',
      describe: 'Parquet, CSV or JSON lines: a file, a folder, a glob, s3://…; may be repeated',
      kind: 'list',
      value: 'DATA',
    },
    { name: 'output', describe: 'A folder for part files, a file (.parquet, .csv, .jsonl), or s3://…', value: 'DATA' },
    { name: 'format', describe: 'parquet, csv or jsonl; default by the output, else as the input', value: 'FORMAT' },
    { name: 'keep', describe: 'Columns of the input to carry into the output, with commas', value: 'COLUMNS' },
    {
      name: 'features',
      describe: 'Columns, in order, for a model with one input of several elements',
      value: 'COLUMNS',
    },
    { name: 'batch-rows', describe: 'Rows the model gets at a time; default 16384', value: 'N' },
    { name: 'limit', describe: 'Only the first rows', value: 'N' },
    { name: 'workers', describe: 'Threads; default one per core', value: 'N' },
    { name: 'overwrite', describe: 'Replace what lies at the output, finished or not', kind: 'flag' },
    { name: 'row', describe: 'For an endpoint: one row as a JSON object', value: 'JSON' },
  ],
  examples: [
    'millrace predict --model models:/flight-delay@champion --input flights/ --output predictions/ --keep flight_id',
    'millrace predict --model model.onnx --input "data/*.csv" --output scored.parquet',
    'millrace predict flight-delay --row \'{"hour": 17, "weekday": 5, "distance": 733}\'',
  ],
  run: async (context) => {
    if (context.text('model') !== undefined) return predictFiles(context)
    if (context.args.length > 0) return askEndpoint(context)
    throw new Problem('client/usage', 400, 'Name an endpoint, or a model with --model, --input and --output.')
  },
})

async function predictFiles(context: CommandContext): Promise<number> {
  const { text, list, flag, env, json, print } = context
  const { batchWorkerEntry, fetchInput, folderFor, isRemote, runBatch, sendOutput, signatureOf } =
    await import('@millrace/server/batch')
  const output = required(context, 'output')
  const cache = cacheFolder(env)
  const model = await localModel(required(context, 'model'), context.api, cache)
  const input: string[] = []
  for (const path of list('input')) {
    input.push(isRemote(path) ? await fetchInput(path, join(cache, 'batch-input')) : path)
  }
  if (input.length === 0) required(context, 'input')
  const place = isRemote(output) ? folderFor(join(cache, 'batch-output'), output) : output
  const wish: BatchWish = {
    model: model.source,
    modelName: model.name,
    modelDigest: model.digest,
    input,
    output: place,
    keep: names(text('keep')),
    features: names(text('features')),
    overwrite: flag('overwrite'),
    batchRows: count(context, 'batch-rows') ?? 16384,
    workers: count(context, 'workers') ?? availableParallelism(),
    ...optional('limit', count(context, 'limit')),
    ...optional('format', formatNamed(text('format'))),
  }
  const write = (said: string) => void process.stderr.write(said)
  const progress = createProgress({
    label: 'Predicting',
    write,
    isTerminal: process.stderr.isTTY && !json,
    nowMs: Date.now,
  })
  const signature = await signatureOf(model.source)
  const report = await runBatch(wish, {
    workerEntry: batchWorkerEntry,
    signature,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.end())
  if (isRemote(output)) await sendOutput(place, output, report.manifest)
  print(shown(report), sentenceOf(report, output))
  return exitCodes.ok
}

function shown({ manifest, predictedRows, unchanged, elapsedMs }: BatchReport) {
  return { ...manifest, predictedRows, unchanged, elapsedMs, rowsPerSecond: rate(predictedRows, elapsedMs) }
}

function sentenceOf({ manifest, predictedRows, unchanged, elapsedMs }: BatchReport, output: string): string {
  const { rows, files } = manifest
  if (unchanged) return `${output} holds these ${formatCount(rows)} predictions already.`
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const before = rows - predictedRows
  return [
    `Predicted ${formatCount(predictedRows)} rows in ${formatDuration(elapsedMs)} (${formatCount(rate(predictedRows, elapsedMs))} rows/s)`,
    before > 0 ? ` after ${formatCount(before)} of an earlier run` : '',
    `: ${formatCount(files.length)} ${files.length === 1 ? 'file' : 'files'} with ${formatBytes(bytes)} at ${output}.`,
  ].join('')
}

const rate = (rows: number, elapsedMs: number) => Math.round((rows * 1000) / Math.max(1, elapsedMs))

const names = (text: string | undefined) =>
  (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

function required({ text }: CommandContext, name: string): string {
  const value = text(name)
  if (value !== undefined) return value
  throw new Problem('client/usage', 400, `--${name} is missing. A batch needs --model, --input and --output.`)
}

function count({ text }: CommandContext, name: string): number | undefined {
  const value = text(name)
  if (value === undefined) return undefined
  if (/^[1-9]\d*$/.test(value)) return Number(value)
  throw new Problem('client/usage', 400, `--${name} takes a whole number above 0, not "${value}".`)
}

function formatNamed(text: string | undefined): DataFormat | undefined {
  if (text === undefined || text === 'parquet' || text === 'csv' || text === 'jsonl') return text
  throw new Problem(
    'batch-prediction/bad-format',
    400,
    `"${text}" is no format for data here. Take parquet, csv or jsonl.`,
  )
}

function optional<K extends string, V>(name: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V }) // one member, named so
}
