import type { Kysely } from 'kysely'
import type { Gate, Override } from '../contract.ts'
import { Gate as GateSchema } from '../contract.ts'
import type { GovernanceTables } from './tables.ts'

/** Reads and writes gates and overrides. Neither is ever changed or removed. */
export function gates(db: Kysely<GovernanceTables>, workspace: string) {
  const overrideRows = () => db.selectFrom('governance_override').selectAll().where('workspace', '=', workspace)
  const latest = async (versionId: string): Promise<{ gate: Gate; number: number } | undefined> => {
    const row = await db
      .selectFrom('governance_gate')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('version_id', '=', versionId)
      .orderBy('number', 'desc')
      .executeTakeFirst()
    return row === undefined ? undefined : { gate: GateSchema.parse(JSON.parse(row.body)), number: row.number }
  }
  return {
    latest: async (versionId: string): Promise<Gate | undefined> => (await latest(versionId))?.gate,
    add: async (gate: Gate): Promise<void> => {
      const { id, versionId, policy, verdict, evaluatedAtMs } = gate
      const number = ((await latest(versionId))?.number ?? 0) + 1
      const columns = { workspace, id, version_id: versionId, number, policy, verdict, evaluated_at_ms: evaluatedAtMs }
      await db
        .insertInto('governance_gate')
        .values({ ...columns, body: JSON.stringify(gate) })
        .execute()
    },
    overrides: async (versionId: string): Promise<Override[]> => {
      const found = await overrideRows().where('version_id', '=', versionId).orderBy('at_ms').execute()
      return found.map(toOverride)
    },
    addOverride: async (override: Override): Promise<void> => {
      const { id, versionId, check, reason, by, atMs } = override
      const row = { id, version_id: versionId, check_name: check, reason, by_name: by, at_ms: atMs }
      await db
        .insertInto('governance_override')
        .values({ workspace, ...row })
        .execute()
    },
  }
}

function toOverride(row: GovernanceTables['governance_override']): Override {
  const { id, reason } = row
  return { id, versionId: row.version_id, check: row.check_name, reason, by: row.by_name, atMs: row.at_ms }
}
