import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import { readDataset } from '../actions/read-datasets.ts'
import { readVersion } from '../actions/read-versions.ts'
import type { DatasetVersion } from '../contract.ts'
import * as contract from '../contract.ts'
import { splitSql } from '../model/split-sql.ts'
import { localTable } from './local-files.ts'
import { sourceOfFiles } from './profile-files.ts'
import { registerStored } from './register-version.ts'

const { problem } = contract

/** Where files lie while they are written; cleared at every start. */
export function temporaryFolder(runtime: Pick<Runtime, 'dataDir'>): string {
  return join(runtime.dataDir, 'datasets', 'temporary')
}

/**
 * Writes the rows of a span of time as one Parquet file and registers it, derived from its source. The same split again
 * answers with the version there is. Throws what `contract.splitVersion` lists.
 */
export async function splitVersion(runtime: Runtime, context: CallContext, input: unknown): Promise<DatasetVersion> {
  const split = parseInput(contract.splitVersion, input)
  const name = split.into ?? split.name
  await runtime.authorize(
    runtime.runner.readScope(context),
    contract.splitVersion.needs.permission,
    ref('dataset', name),
  )
  const source = await runtime.runner.ask(readVersion, { name: split.name, version: split.version }, context)
  const { spec } = await runtime.runner.ask(readDataset, { name: split.name }, context)
  const column = split.column ?? spec.timeColumn ?? ''
  const span = { column, fromMs: split.fromMs, toMs: split.toMs }
  const path = `${split.as}.parquet`
  const digest = await materialise(runtime, context.workspace, source, span)
  return registerStored(runtime, context, [{ path, digest }], {
    name,
    version: split.as,
    derivedFrom: [],
    ...(spec.timeColumn === null ? {} : { timeColumn: spec.timeColumn }),
    split: { of: source.id, ...span },
  })
}

async function materialise(
  runtime: Runtime,
  workspace: string,
  source: DatasetVersion,
  span: { column: string; fromMs: number; toMs: number },
): Promise<string> {
  const folder = temporaryFolder(runtime)
  await mkdir(folder, { recursive: true })
  const target = join(folder, `${runtime.newId('split')}.parquet`)
  try {
    const { format, files } = await localTable(runtime, workspace, source)
    const [written] = await runtime.analytics.rows(splitSql(source, span, sourceOfFiles(format, files), target))
    if (Number(written?.['Count'] ?? 0) === 0)
      throw problem.empty({ what: `The span of ${source.dataset}@${source.version}` })
    const { digest } = await runtime.objects.putContent('datasets', createReadStream(target))
    return digest
  } finally {
    await rm(target, { force: true })
  }
}
