import { Sparkline } from '@millrace/ui/charts'
import { compact } from '@millrace/ui/format'
import { CheckRow, PaneHead } from '@millrace/ui/parts'
import type { MonitorView } from './load-monitor.ts'

/** Is the input as signed: schema, ranges, missing values, duplicates. */
export function QualityChecks({
  checks,
  window,
}: {
  checks: MonitorView['checks']
  window: MonitorView['windows'][number] | null
}) {
  return (
    <section aria-label="Data quality">
      <PaneHead
        title="Data quality"
        fact={window === null ? 'no window yet' : `${compact(window.rows)} rows in the last window`}
      />
      {checks.map((check) => (
        <CheckRow key={check.name} state={check.state} name={check.name} found={check.found}>
          {check.values.length < 2 ? (
            <span />
          ) : (
            <Sparkline
              name={`History of ${check.name}`}
              values={check.values}
              width={64}
              token={check.state === 'ok' ? '--ink-off' : '--warn-mark'}
            />
          )}
        </CheckRow>
      ))}
      {checks.length === 0 && window !== null ? <p className="pad i3 t12">No check is configured.</p> : null}
    </section>
  )
}
