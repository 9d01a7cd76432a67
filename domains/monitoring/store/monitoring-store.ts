import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { alertRows } from './alert-rows.ts'
import { incidentRows } from './incident-rows.ts'
import { monitorRows } from './monitor-rows.ts'
import { ruleRows } from './rule-rows.ts'
import type { MonitoringTables } from './tables.ts'
import { verdictRows } from './verdict-rows.ts'
import { windowRows } from './window-rows.ts'

/** The store of one workspace's monitoring. */
export function storeOf(untyped: Db, workspace: string) {
  const db = tables<MonitoringTables>(untyped)
  return {
    monitors: monitorRows(db, workspace),
    windows: windowRows(db, workspace),
    rules: ruleRows(db, workspace),
    verdicts: verdictRows(db, workspace),
    alerts: alertRows(db, workspace),
    incidents: incidentRows(db, workspace),
  }
}
export type MonitoringStore = ReturnType<typeof storeOf>

export const { action, query } = operations(storeOf)
