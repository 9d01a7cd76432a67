import { ref } from '@millrace/contract'
import type { z } from 'zod'
import type { CallContext, ReadOptions, Runtime } from '@millrace/kernel'
import { parseInput, readTask } from '@millrace/kernel'
import { findExperiment } from '../../actions/find-experiment.ts'
import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import type { reads } from '../../process/run-reads.ts'
import { settle } from '../../store/settle.ts'
import { storeOf } from '../../store/tracking.ts'
import type { ColumnField } from '../model/columns.ts'
import { fieldOfText } from '../model/run-fields.ts'
import { prepareSearch, prepareWanted } from './prepare-search.ts'

const module = new URL('../../process/run-reads.ts', import.meta.url)
const task = <K extends keyof typeof reads>(name: K) => readTask<typeof reads, K>(module, name)

type Input<E extends { input: z.ZodType }> = z.input<E['input']>

/**
 * One page of runs, as the JSON text of `searchRuns`' answer: it comes from a reader thread as it goes to the client.
 * Throws what `searchRuns` names, and what the readers throw.
 */
export async function searchRunsAsJson(
  runtime: Runtime,
  context: CallContext,
  input: Input<typeof contract.searchRuns>,
  options: ReadOptions = {},
): Promise<Buffer> {
  const { bytes } = await runtime.readers.read(
    task('searchRuns'),
    await prepareSearch(runtime, context, input),
    options,
  )
  return bufferOf(bytes)
}

/** One page of runs as objects: for callers in this process. */
export async function searchRuns(
  runtime: Runtime,
  context: CallContext,
  input: Input<typeof contract.searchRuns>,
  options: ReadOptions = {},
): Promise<z.output<typeof contract.searchRuns.output>> {
  const text = (await searchRunsAsJson(runtime, context, input, options)).toString()
  return JSON.parse(text) as z.output<typeof contract.searchRuns.output> // written by the same contract's entities
}

/** How many runs a search finds. */
export async function countRuns(
  runtime: Runtime,
  context: CallContext,
  input: Input<typeof contract.countRuns>,
  options: ReadOptions = {},
): Promise<z.output<typeof contract.countRuns.output>> {
  const wanted = await prepareWanted(runtime, context, parseInput(contract.countRuns, input))
  return { count: await runtime.readers.read(task('countRuns'), wanted, options) }
}

/** How often the values of fields occur among the runs that a search finds. */
export async function facetRuns(
  runtime: Runtime,
  context: CallContext,
  input: Input<typeof contract.runFacets>,
  options: ReadOptions = {},
): Promise<z.output<typeof contract.runFacets.output>> {
  const { fields, limit, keys, ...wanted } = parseInput(contract.runFacets, input)
  const known = fields.map((text) => {
    const { entity, key } = fieldOfText(text)
    return { text, entity, key }
  })
  const prepared = await prepareWanted(runtime, context, wanted)
  return runtime.readers.read(task('facetRuns'), { ...prepared, fields: known, limit, keys }, options)
}

/** The columns of an experiment's runs as bytes. */
export async function readRunColumns(
  runtime: Runtime,
  context: CallContext,
  input: Input<typeof contract.runColumns>,
  options: ReadOptions = {},
): Promise<Buffer> {
  const { name, keys, since, view } = parseInput(contract.runColumns, input)
  const fields = keys === '' ? [] : keys.split(',').map(columnField)
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.runColumns.needs.permission, ref('experiment', name))
  const { number } = await findExperiment(storeOf(scope.db, scope.workspace), name)
  // Names, parameters and tags need not wait until metrics that were just logged are merged.
  if (fields.some(({ entity }) => entity === 'metric')) await settle(runtime, context, { experiments: [number] })
  const asked = { workspace: context.workspace, experiment: number, view, fields, since }
  return bufferOf((await runtime.readers.read(task('readRunColumns'), asked, options)).bytes)
}

function columnField(part: string): ColumnField {
  const text = part.replaceAll('%2C', ',')
  const { entity, key } = fieldOfText(text)
  if (entity === 'metric' || entity === 'param' || entity === 'tag') return { text, entity, key }
  throw problem['bad-query']({
    reason: `"${text}" is no column of its own. Name metrics.<key>, params.<key> or tags.<key>.`,
    start: 0,
    end: text.length,
  })
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
