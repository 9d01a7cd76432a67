import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { MonitorWindow } from '../contract.ts'
import { Histogram, WindowFigures } from '../contract.ts'
import type { MonitoringTables } from './tables.ts'

type Row = Omit<Selectable<MonitoringTables['monitoring_window']>, 'histograms' | 'workspace'>

const Figures = WindowFigures.pick({ deployments: true, drift: true, quality: true, performance: true })

/** A window with what tells whether it must be measured again. */
export interface StoredWindow extends MonitorWindow {
  readonly digest: string
  readonly sources: string
}

const shownColumns = [
  'id',
  'monitor',
  'from_ms',
  'to_ms',
  'rows',
  'labelled',
  'revision',
  'digest',
  'sources',
  'figures',
  'closed_at_ms',
  'measured_at_ms',
] as const

/** Reads and writes windows. */
export function windowRows(db: Kysely<MonitoringTables>, workspace: string) {
  const windows = () => db.selectFrom('monitoring_window').where('workspace', '=', workspace)
  const of = (monitor: string) => windows().select(shownColumns).where('monitor', '=', monitor)
  const row = (id: string) =>
    db.updateTable('monitoring_window').where('workspace', '=', workspace).where('id', '=', id)
  return {
    at: async (monitor: string, fromMs: number, toMs: number) => {
      const row = await of(monitor).where('from_ms', '=', fromMs).where('to_ms', '=', toMs).executeTakeFirst()
      return row === undefined ? undefined : toWindow(row)
    },
    byIds: async (ids: readonly string[]) =>
      ids.length === 0 ? [] : (await windows().select(shownColumns).where('id', 'in', ids).execute()).map(toWindow),
    histograms: async (id: string) => {
      const row = await windows().select('histograms').where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : histogramsOf(row.histograms)
    },
    last: async (monitor: string) => optional(await of(monitor).orderBy('from_ms', 'desc').limit(1).executeTakeFirst()),
    first: async (monitor: string) => optional(await of(monitor).orderBy('from_ms').limit(1).executeTakeFirst()),
    /** Windows that end after `endAfterMs`, oldest first. */
    endingAfter: async (monitor: string, endAfterMs: number) =>
      (await of(monitor).where('to_ms', '>', endAfterMs).orderBy('from_ms').execute()).map(toWindow),
    list: async (
      monitor: string,
      page: { fromMs?: number | undefined; toMs?: number | undefined; limit: number; pageToken?: string | undefined },
    ) => {
      const [before] = decodePageToken(page.pageToken ?? '') ?? []
      const rows = await of(monitor)
        .$if(page.fromMs !== undefined, (q) => q.where('to_ms', '>', page.fromMs ?? 0))
        .$if(page.toMs !== undefined, (q) => q.where('from_ms', '<', page.toMs ?? 0))
        .$if(before !== undefined, (q) => q.where('from_ms', '<', Number(before)))
        .orderBy('from_ms', 'desc')
        .limit(page.limit + 1)
        .execute()
      return rows.map(toWindow)
    },
    insert: (window: StoredWindow) =>
      db
        .insertInto('monitoring_window')
        .values({
          workspace,
          id: window.id,
          monitor: window.monitor,
          from_ms: window.fromMs,
          to_ms: window.toMs,
          closed_at_ms: window.closedAtMs,
          ...measured(window),
        })
        .execute(),
    update: (window: StoredWindow) => row(window.id).set(measured(window)).execute(),
    /** The figures stand, but other files hold the same rows now. */
    saveSources: (id: string, sources: string) => row(id).set({ sources }).execute(),
  }
}

function measured(window: StoredWindow) {
  const { deployments, drift, quality, performance } = window
  return {
    rows: window.rows,
    labelled: window.labelled,
    revision: window.revision,
    digest: window.digest,
    sources: window.sources,
    figures: JSON.stringify({ deployments, drift, quality, performance }),
    histograms: JSON.stringify(window.histograms ?? {}),
    measured_at_ms: window.measuredAtMs,
  }
}

function histogramsOf(json: string): Record<string, Histogram> {
  const members = Object.entries(JSON.parse(json) as Record<string, unknown>) // an object, as `measured` wrote it
  return Object.fromEntries(members.map(([name, value]) => [name, Histogram.parse(value)]))
}

function optional(row: Row | undefined): StoredWindow | undefined {
  return row === undefined ? undefined : toWindow(row)
}

function toWindow(row: Row): StoredWindow {
  return {
    id: row.id as MonitorWindow['id'], // made by this domain, so it has the brand
    monitor: row.monitor,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    rows: row.rows,
    labelled: row.labelled,
    coverage: row.rows === 0 ? 0 : row.labelled / row.rows,
    revision: row.revision,
    digest: row.digest,
    sources: row.sources,
    ...Figures.parse(JSON.parse(row.figures)),
    closedAtMs: row.closed_at_ms,
    measuredAtMs: row.measured_at_ms,
  }
}
