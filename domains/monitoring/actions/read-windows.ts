import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/monitoring-store.ts'
import type { StoredWindow } from '../store/window-rows.ts'

const { problem } = contract

/** The closed windows of a monitor, newest first. */
export const listWindows = query(contract.listWindows, async ({ store, input }) => {
  const { name, ...span } = input
  if ((await store.monitors.find(name)) === undefined) throw problem['monitor-not-found']({ name })
  const rows = await store.windows.list(name, span)
  return pageOf(rows, input.limit, (row) => [row.fromMs], shown)
})

/** One window, with its histograms. Throws `monitoring/window-not-found`. */
export const readWindow = query(contract.readWindow, async ({ store, input }) => {
  const [found] = await store.windows.byIds([input.id])
  if (found === undefined) throw problem['window-not-found']({ id: input.id })
  return { ...shown(found), histograms: (await store.windows.histograms(found.id)) ?? {} }
})

function shown({ digest: _digest, sources: _sources, ...window }: StoredWindow): contract.MonitorWindow {
  return window
}
