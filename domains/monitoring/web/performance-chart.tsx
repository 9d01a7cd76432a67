import { LineChart, type LineSeries } from '@millrace/ui/charts'
import { percent } from '@millrace/ui/format'
import { Legend, PaneHead } from '@millrace/ui/parts'
import { useMemo } from 'react'
import type { PerformanceView } from './load-monitor.ts'

/** Quality over event time: joined labels solid with their interval, the estimate dashed, the watermark as a line. */
export function PerformanceChart({ performance }: { performance: PerformanceView | null }) {
  const series = useMemo(() => (performance === null ? [] : seriesOf(performance)), [performance])
  if (performance === null) {
    return (
      <section className="sec">
        <PaneHead title="Quality" />
        <p className="pad i3 t12">No ground truth has arrived yet.</p>
      </section>
    )
  }
  const end = performance.atMs.at(-1) ?? 0
  const late = performance.completeUntilMs !== null && performance.completeUntilMs < end
  const zones =
    late && performance.completeUntilMs !== null
      ? [{ from: performance.completeUntilMs, to: end, label: `labels ${percent(performance.coverage)} in` }]
      : []
  const watermark =
    late && performance.completeUntilMs !== null
      ? [{ at: performance.completeUntilMs, label: 'labels complete until here', side: 'left' as const }]
      : []
  const legend = [{ label: `${performance.metric}, labels joined`, token: '--cur' }]
  return (
    <section className="sec" aria-label="Quality">
      <PaneHead title="Quality" fact={<Legend items={legend} />}>
        <span className="i3 t12 not-phone">by event time, 95% interval</span>
      </PaneHead>
      <div className="quality-chart">
        <LineChart
          name={`${performance.metric} by event time`}
          series={series}
          height={168}
          xKind="UTC"
          zones={zones}
          marks={[...performance.marks, ...watermark]}
          limits={performance.limit === null ? [] : [performance.limit]}
          writeY={short}
        />
      </div>
    </section>
  )
}

function short(value: number): string {
  return String(Number(value.toFixed(4)))
}

function seriesOf(performance: PerformanceView): LineSeries[] {
  const x = performance.atMs
  const joined: LineSeries = {
    label: `${performance.metric}, joined`,
    token: '--cur',
    x,
    y: performance.joined,
    width: 2,
    band: { low: performance.low, high: performance.high },
    points: x.length < 16,
  }
  return [joined]
}
