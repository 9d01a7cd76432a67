import { decodePageToken } from '@millrace/contract'
import type { Kysely } from 'kysely'
import { Alert } from '../contract.ts'
import type { MonitoringTables } from './tables.ts'

interface AlertPage {
  readonly monitor?: string | undefined
  readonly state?: string | undefined
  readonly class?: string | undefined
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes alerts. */
export function alertRows(db: Kysely<MonitoringTables>, workspace: string) {
  const bodies = () => db.selectFrom('monitoring_alert').select('body').where('workspace', '=', workspace)
  return {
    find: async (id: string) => {
      const row = await bodies().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toAlert(row)
    },
    byIds: async (ids: readonly string[]) =>
      ids.length === 0 ? [] : (await bodies().where('id', 'in', ids).execute()).map(toAlert),
    /** The rule's alert that is not resolved. */
    openOf: async (rule: string) => {
      const row = await bodies().where('rule', '=', rule).where('state', '!=', 'resolved').executeTakeFirst()
      return row === undefined ? undefined : toAlert(row)
    },
    openOfMonitor: async (monitor: string) =>
      (await bodies().where('monitor', '=', monitor).where('state', '!=', 'resolved').execute()).map(toAlert),
    list: async (page: AlertPage) => {
      const [before] = decodePageToken(page.pageToken ?? '') ?? []
      const rows = await bodies()
        .$if(page.monitor !== undefined, (q) => q.where('monitor', '=', page.monitor ?? ''))
        .$if(page.state !== undefined, (q) => q.where('state', '=', page.state ?? ''))
        .$if(page.class !== undefined, (q) => q.where('class', '=', page.class ?? ''))
        .$if(before !== undefined, (q) => q.where('id', '<', String(before)))
        // Ids sort by the time they were made.
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
        .execute()
      return rows.map(toAlert)
    },
    insert: (alert: Alert) =>
      db
        .insertInto('monitoring_alert')
        .values({
          workspace,
          id: alert.id,
          rule: alert.rule,
          monitor: alert.monitor,
          class: alert.class,
          state: alert.state,
          started_at_ms: alert.startedAtMs,
          body: JSON.stringify(alert),
        })
        .execute(),
    save: (alert: Alert) =>
      db
        .updateTable('monitoring_alert')
        .set({ state: alert.state, body: JSON.stringify(alert) })
        .where('workspace', '=', workspace)
        .where('id', '=', alert.id)
        .execute(),
  }
}

function toAlert({ body }: { body: string }): Alert {
  return Alert.parse(JSON.parse(body))
}
