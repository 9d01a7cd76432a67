import { createHash } from 'node:crypto'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { RowBatch, WrittenValue } from '@millrace/kernel/backup'
import { backupProblem } from '@millrace/kernel/backup'

/** What is called otherwise at the server that a workspace comes to. */
export interface NewNames {
  readonly from: string
  readonly into: string
  /** Numbers of experiments. */
  readonly experiments: ReadonlyMap<number, number>
  /** Ids that another workspace has there. */
  readonly ids: ReadonlyMap<string, string>
}

interface Anything {
  [table: string]: Record<string, string | number | null>
}

/** Tables whose ids are unique across workspaces. */
const globalIds = new Set([
  'model_registry_model',
  'model_registry_version',
  'model_registry_evidence',
  'model_registry_change',
  'datasets_dataset',
  'datasets_version',
])

/** Tables whose names are taken by what they name: the same name of another thing cannot be merged. */
const named: Readonly<Record<string, string>> = { model_registry_model: 'model', datasets_dataset: 'data set' }

/** Finds names for what an export holds, the same ones each time. Throws `backup/name-taken`. */
export function createNames(db: Db, from: string, into: string) {
  const experiments = new Map<number, number>()
  const ids = new Map<string, string>()
  let nextNumber: number | undefined
  const read = tables<Anything>(db)
  const rowOf = (table: string, column: string, value: string | number) =>
    read.selectFrom(table).selectAll().where(column, '=', value).executeTakeFirst()
  const numberFor = async (number: number, name: string): Promise<number> => {
    const same = await read
      .selectFrom('experiment_tracking_experiment')
      .selectAll()
      .where('workspace', '=', into)
      .where('name', '=', name)
      .executeTakeFirst()
    if (same !== undefined) return Number(same['number'])
    const taken =
      (await rowOf('experiment_tracking_experiment', 'number', number)) ??
      (await rowOf('experiment_tracking_retired_number', 'number', number))
    const isGivenOut = [...experiments.values()].includes(number)
    if (taken === undefined && !isGivenOut) return number
    nextNumber = Math.max(nextNumber ?? (await greatestNumber(db)), ...experiments.values(), number) + 1
    return nextNumber
  }
  const learn = async ({ table, columns, rows }: RowBatch): Promise<void> => {
    const text = (row: readonly WrittenValue[], column: string): string => {
      const value = row[columns.indexOf(column)]
      return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
    }
    for (const row of rows) {
      if (table === 'experiment_tracking_experiment') {
        const number = Number(text(row, 'number'))
        experiments.set(number, await numberFor(number, text(row, 'name')))
      }
      if (!globalIds.has(table)) continue
      const id = text(row, 'id')
      const there = await rowOf(table, 'id', id)
      if (there !== undefined && there['workspace'] !== into) ids.set(id, newIdFor(into, id))
      const what = named[table]
      if (what !== undefined) await refuseOther(table, what, text(row, 'name'), ids.get(id) ?? id)
    }
  }
  const refuseOther = async (table: string, what: string, name: string, id: string): Promise<void> => {
    const rows = read.selectFrom(table).selectAll().where('workspace', '=', into)
    const there = await rows.where('name', '=', name).executeTakeFirst()
    if (there !== undefined && there['id'] !== id) throw backupProblem['name-taken']({ what, name, into })
  }
  return { learn, names: { from, into, experiments, ids } satisfies NewNames }
}

async function greatestNumber(db: Db): Promise<number> {
  const read = tables<Anything>(db)
  const greatest = async (table: string) => {
    const row = await read
      .selectFrom(table)
      .select((e) => e.fn.max<number | null>('number').as('last'))
      .executeTakeFirst()
    return row?.last ?? -1
  }
  return Math.max(
    await greatest('experiment_tracking_experiment'),
    await greatest('experiment_tracking_retired_number'),
  )
}

/** The same id each time, so that a second import finds what the first has made. */
function newIdFor(into: string, id: string): string {
  const prefix = id.slice(0, id.indexOf('_') + 1)
  const hex = createHash('sha256').update(`${into}\n${id}`).digest('hex')
  return prefix + hex.slice(0, id.length - prefix.length)
}

/** A batch of rows as they are called at the other server. */
export function renameBatch({ table, columns, rows }: RowBatch, names: NewNames): RowBatch {
  const isNumbered = (column: string) =>
    column === 'experiment' || (table === 'experiment_tracking_experiment' && column === 'number')
  return {
    table,
    columns,
    rows: rows.map((row) =>
      row.map((value, index) => {
        const column = columns[index] ?? ''
        if (column === 'workspace') return names.into
        if (typeof value === 'number') return isNumbered(column) ? (names.experiments.get(value) ?? value) : value
        if (typeof value !== 'string') return value
        return isNumbered(column) ? renameNumber(value, names) : renameText(value, names)
      }),
    ),
  }
}

function renameNumber(text: string, { experiments }: NewNames): string {
  return /^\d{1,15}$/.test(text) ? String(experiments.get(Number(text)) ?? text) : text
}

/** Ids, roots of artifacts and keys within a text. */
function renameText(text: string, { ids, experiments, from, into }: NewNames): string {
  let renamed = text
  if (ids.size > 0) renamed = renamed.replaceAll(/\b[a-z]+_[0-9a-z]{16,}\b/g, (id) => ids.get(id) ?? id)
  renamed = renamed.replaceAll(
    /(mlflow-artifacts:\/+)(\d{1,15})(?=\/|$|")/g,
    (_all, scheme: string, number: string) => scheme + String(experiments.get(Number(number)) ?? number),
  )
  for (const folder of ['datasets/manifests/', 'datasets/packs/']) {
    renamed = renamed.replaceAll(`${folder}${from}/`, `${folder}${into}/`)
  }
  return renamed
}

/** The key of an object at the other server. */
export function renameKey(key: string, { experiments, from, into }: NewNames): string {
  const number = /^experiments\/(\d{1,15})\//.exec(key)?.[1]
  if (number !== undefined) {
    return `experiments/${experiments.get(Number(number)) ?? number}${key.slice(`experiments/${number}`.length)}`
  }
  return key.replace(
    new RegExp(`^(datasets/(?:manifests|packs))/${RegExp.escape(from)}/`),
    (_all, folder: string) => `${folder}/${into}/`,
  )
}
