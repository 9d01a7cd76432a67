import type { MonitorWindow } from '@millrace/monitoring/contract'
import type { MonitorView } from './load-monitor.ts'

const titles: Readonly<Record<string, string>> = {
  nulls: 'Missing values',
  range: 'Range',
  mean_shift: 'Mean',
  scale: 'Unit',
  unseen_values: 'New values',
  missing_feature: 'Features present',
}

/** The checks of inputs, one row a kind: what the last window says, and how many failed in each window. */
export function checkRows(windows: readonly MonitorWindow[]): MonitorView['checks'] {
  const last = windows.at(-1)
  if (last === undefined) return []
  const kinds = [...new Set(last.quality.map((check) => check.check))]
  return kinds.map((kind) => {
    const now = last.quality.filter((check) => check.check === kind)
    const failed = now.filter((check) => !check.ok)
    return {
      name: titles[kind] ?? kind,
      state: failed.length === 0 ? 'ok' : 'bad',
      found:
        failed[0] === undefined
          ? `${now.length} ${now.length === 1 ? 'input is' : 'inputs are'} as in the reference`
          : `${failed[0].sentence}${failed.length === 1 ? '' : ` And ${failed.length - 1} more.`}`,
      values: windows.map((window) => window.quality.filter((check) => check.check === kind && !check.ok).length),
    }
  })
}
