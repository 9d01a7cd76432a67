/** How far a value is towards its limit, as one of six steps: 0.25, 0.45, 0.75, 1 and 1.3 times the limit. */
export function heatLevel(valueOverLimit: number): 0 | 1 | 2 | 3 | 4 | 5 {
  if (valueOverLimit > 1.3) return 5
  if (valueOverLimit > 1) return 4
  if (valueOverLimit > 0.75) return 3
  if (valueOverLimit > 0.45) return 2
  return valueOverLimit > 0.25 ? 1 : 0
}

export interface HeatWindow {
  label: string
  /** Value over limit; null where the window has no data. */
  ratio: number | null
  text: string
}

/** One cell a window; over the limit is orange and red. */
export function HeatStrip({ name, windows }: { name: string; windows: readonly HeatWindow[] }) {
  const over = windows.filter((each) => each.ratio !== null && each.ratio > 1).length
  return (
    <span className="heat" role="img" aria-label={`${name}: ${over} of ${windows.length} windows over the limit`}>
      {windows.map((each) => (
        <i
          key={each.label}
          className={each.ratio === null ? 'none' : ''}
          style={each.ratio === null ? undefined : { background: `var(--h${heatLevel(each.ratio)})` }}
          title={`${each.label}: ${each.text}`}
        />
      ))}
    </span>
  )
}

/** The legend of heat strips. */
export function HeatLegend() {
  return (
    <span className="heat-legend t11 i3">
      none
      {[0, 1, 2, 3, 4, 5].map((level) => (
        <i key={level} style={{ background: `var(--h${level})` }} />
      ))}
      over limit
    </span>
  )
}
