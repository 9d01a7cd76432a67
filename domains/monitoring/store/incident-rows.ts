import { decodePageToken } from '@millrace/contract'
import type { Kysely } from 'kysely'
import { Incident } from '../contract.ts'
import type { MonitoringTables } from './tables.ts'

interface IncidentPage {
  readonly monitor?: string | undefined
  readonly endpoint?: string | undefined
  readonly state?: string | undefined
  readonly class?: string | undefined
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes incidents. */
export function incidentRows(db: Kysely<MonitoringTables>, workspace: string) {
  const bodies = () => db.selectFrom('monitoring_incident').select('body').where('workspace', '=', workspace)
  return {
    find: async (id: string) => {
      const row = await bodies().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toIncident(row)
    },
    byIds: async (ids: readonly string[]) =>
      ids.length === 0 ? [] : (await bodies().where('id', 'in', ids).execute()).map(toIncident),
    /** The incident of a class that a further alert belongs to. */
    openOf: async (monitor: string, kind: string) => {
      const row = await bodies()
        .where('monitor', '=', monitor)
        .where('class', '=', kind)
        .where('state', 'in', ['open', 'mitigated'])
        .orderBy('id', 'desc')
        .executeTakeFirst()
      return row === undefined ? undefined : toIncident(row)
    },
    list: async (page: IncidentPage) => {
      const [before] = decodePageToken(page.pageToken ?? '') ?? []
      const rows = await bodies()
        .$if(page.monitor !== undefined, (q) => q.where('monitor', '=', page.monitor ?? ''))
        .$if(page.endpoint !== undefined, (q) => q.where('endpoint', '=', page.endpoint ?? ''))
        .$if(page.state !== undefined, (q) => q.where('state', '=', page.state ?? ''))
        .$if(page.class !== undefined, (q) => q.where('class', '=', page.class ?? ''))
        .$if(before !== undefined, (q) => q.where('id', '<', String(before)))
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
        .execute()
      return rows.map(toIncident)
    },
    insert: (incident: Incident) =>
      db
        .insertInto('monitoring_incident')
        .values({
          workspace,
          id: incident.id,
          monitor: incident.monitor,
          endpoint: incident.endpoint,
          class: incident.class,
          state: incident.state,
          opened_at_ms: incident.openedAtMs,
          body: JSON.stringify(incident),
        })
        .execute(),
    save: (incident: Incident) =>
      db
        .updateTable('monitoring_incident')
        .set({ state: incident.state, body: JSON.stringify(incident) })
        .where('workspace', '=', workspace)
        .where('id', '=', incident.id)
        .execute(),
  }
}

function toIncident({ body }: { body: string }): Incident {
  return Incident.parse(JSON.parse(body))
}
