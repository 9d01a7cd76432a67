import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { AlertRule } from '../contract.ts'
import { AlertRuleSpec } from '../contract.ts'
import type { MonitoringTables } from './tables.ts'

type Row = Selectable<MonitoringTables['monitoring_rule']>

/** A rule; windows that start at or before `settledUntilMs` were dealt with by a person. */
export interface StoredRule extends AlertRule {
  readonly settledUntilMs: number | null
}

/** Reads and writes alert rules. */
export function ruleRows(db: Kysely<MonitoringTables>, workspace: string) {
  const rows = () => db.selectFrom('monitoring_rule').selectAll().where('workspace', '=', workspace)
  const update = (name: string) =>
    db.updateTable('monitoring_rule').where('workspace', '=', workspace).where('name', '=', name)
  return {
    find: async (name: string) => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toRule(row)
    },
    of: async (monitor: string) => (await rows().where('monitor', '=', monitor).orderBy('name').execute()).map(toRule),
    list: async (limit: number, pageToken: string | undefined, monitor: string | undefined) => {
      const [after] = decodePageToken(pageToken ?? '') ?? []
      const found = await rows()
        .$if(after !== undefined, (q) => q.where('name', '>', String(after)))
        .$if(monitor !== undefined, (q) => q.where('monitor', '=', monitor ?? ''))
        .orderBy('name')
        .limit(limit + 1)
        .execute()
      return found.map(toRule)
    },
    insert: ({ id, name, monitor, spec, createdAtMs }: AlertRule) =>
      db
        .insertInto('monitoring_rule')
        .values({
          workspace,
          id,
          name,
          monitor,
          spec: JSON.stringify(spec),
          silenced_until_ms: null,
          settled_until_ms: null,
          created_at_ms: createdAtMs,
          updated_at_ms: createdAtMs,
        })
        .execute(),
    saveSpec: (name: string, spec: AlertRuleSpec, nowMs: number) =>
      update(name)
        .set({ spec: JSON.stringify(spec), monitor: spec.monitor, updated_at_ms: nowMs })
        .execute(),
    silence: (name: string, untilMs: number) => update(name).set({ silenced_until_ms: untilMs }).execute(),
    settle: (name: string, untilMs: number) => update(name).set({ settled_until_ms: untilMs }).execute(),
    delete: (name: string) =>
      db.deleteFrom('monitoring_rule').where('workspace', '=', workspace).where('name', '=', name).execute(),
  }
}

function toRule(row: Row): StoredRule {
  return {
    id: row.id as AlertRule['id'], // made by this domain, so it has the brand
    name: row.name,
    monitor: row.monitor,
    silencedUntilMs: row.silenced_until_ms,
    settledUntilMs: row.settled_until_ms,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    spec: AlertRuleSpec.parse(JSON.parse(row.spec)),
  }
}
