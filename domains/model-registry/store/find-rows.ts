import { decodePageToken } from '@millrace/contract'
import type { Dialect } from '@millrace/kernel/db'
import type { Kysely, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import { problem } from '../model/problems.ts'
import type { Clause, Order, RegistrySearch } from '../model/registry-search.ts'
import { byBytes, onNumber, onText } from './conditions.ts'
import type { RegistryTables } from './tables.ts'

/** The models a search asks for, in its order, then by name. */
export function modelsFound(db: Kysely<RegistryTables>, workspace: string, search: RegistrySearch, dialect: Dialect) {
  let found = db.selectFrom('model_registry_model as m').selectAll('m').where('m.workspace', '=', workspace)
  if (search.kind !== undefined) found = found.where('m.kind', '=', search.kind)
  for (const clause of search.where) found = found.where(modelCondition(dialect, clause))
  for (const order of ordersOf(search.orderBy, [{ field: 'name', descending: false }])) {
    found = found.orderBy(modelOrder(dialect, order), order.descending ? 'desc' : 'asc')
  }
  return found.limit(search.limit + 1).offset(offsetOf(search))
}

/** The versions a search asks for: the last changed first unless ordered otherwise. */
export function versionsFound(db: Kysely<RegistryTables>, workspace: string, search: RegistrySearch, dialect: Dialect) {
  let found = db
    .selectFrom('model_registry_version as v')
    .innerJoin('model_registry_model as m', 'm.id', 'v.model_id')
    .selectAll('v')
    .where('v.workspace', '=', workspace)
  if (search.kind !== undefined) found = found.where('m.kind', '=', search.kind)
  for (const clause of search.where) found = found.where(versionCondition(dialect, clause))
  const first: Order[] = search.orderBy.length > 0 ? search.orderBy : [{ field: 'updatedAtMs', descending: true }]
  for (const order of ordersOf(first, [
    { field: 'name', descending: false },
    { field: 'version', descending: true },
  ])) {
    found = found.orderBy(versionOrder(dialect, order), order.descending ? 'desc' : 'asc')
  }
  return found.limit(search.limit + 1).offset(offsetOf(search))
}

/** The newest version of each model in each stage. */
export function newestPerStage(db: Kysely<RegistryTables>, workspace: string, modelIds: readonly string[]) {
  const newest = db
    .selectFrom('model_registry_version')
    .select((e) => ['model_id', 'stage', e.fn.max('version').as('newest')])
    .where('workspace', '=', workspace)
    .where('model_id', 'in', modelIds)
    .groupBy(['model_id', 'stage'])
    .as('n')
  return db
    .selectFrom('model_registry_version as v')
    .innerJoin(newest, (join) => join.onRef('n.model_id', '=', 'v.model_id').onRef('n.newest', '=', 'v.version'))
    .selectAll('v')
    .where('v.workspace', '=', workspace)
    .orderBy('v.version')
    .execute()
}

/** Where the next page of a search starts. */
export function offsetOf({ pageToken }: Pick<RegistrySearch, 'pageToken'>): number {
  const offset = Number(decodePageToken(pageToken ?? '')?.[0] ?? 0)
  return Number.isSafeInteger(offset) && offset > 0 ? offset : 0
}

function ordersOf(asked: readonly Order[], ties: readonly Order[]): readonly Order[] {
  const fields = new Set(asked.map(({ field }) => field))
  return [...asked, ...ties.filter(({ field }) => !fields.has(field))]
}

function modelCondition(dialect: Dialect, clause: Clause): RawBuilder<SqlBool> {
  if (clause.field === 'name') return onText(dialect, sql.ref('m.name'), clause)
  if (clause.field !== 'tag') throw problem['bad-search']({ reason: `models are found by name and tag` })
  const condition = onText(dialect, sql.ref('t.value'), clause)
  return sql<SqlBool>`exists (select 1 from model_registry_model_tag t where t.workspace = m.workspace and t.model_id = m.id and t.key = ${clause.key ?? ''} and ${condition})`
}

function versionCondition(dialect: Dialect, clause: Clause): RawBuilder<SqlBool> {
  const { field } = clause
  if (field === 'name') return onText(dialect, sql.ref('m.name'), clause)
  if (field === 'version') return onNumber(sql.ref('v.version'), clause)
  if (field === 'runId') return onText(dialect, sql.ref('v.run_id'), clause)
  if (field === 'source') return onText(dialect, sql.ref('v.source'), clause)
  const condition = onText(dialect, sql.ref('t.value'), clause)
  return sql<SqlBool>`exists (select 1 from model_registry_version_tag t where t.workspace = v.workspace and t.version_id = v.id and t.key = ${clause.key ?? ''} and ${condition})`
}

function modelOrder(dialect: Dialect, { field }: Order): RawBuilder<unknown> {
  if (field === 'name') return byBytes(dialect, sql.ref('m.name'))
  if (field === 'version') throw problem['bad-search']({ reason: 'models have no order by version' })
  return sql.ref(field === 'createdAtMs' ? 'm.created_at_ms' : 'm.updated_at_ms')
}

function versionOrder(dialect: Dialect, { field }: Order): RawBuilder<unknown> {
  if (field === 'name') return byBytes(dialect, sql.ref('m.name'))
  if (field === 'version') return sql.ref('v.version')
  return sql.ref(field === 'createdAtMs' ? 'v.created_at_ms' : 'v.updated_at_ms')
}
