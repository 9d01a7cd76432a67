/** One line of a tooltip. */
export interface TipRow {
  label: string
  token: string
  value: number
  text: string
}

const SHOWN = 6

/** Values under the cursor, highest first; at most six, then "+n below". Stays inside the chart. */
export function ChartTip({
  left,
  width,
  title,
  rows,
}: {
  left: number
  width: number
  title: string
  rows: readonly TipRow[]
}) {
  const onRight = left < width / 2
  const style = onRight ? { left: left + 12 } : { right: width - left + 12 }
  return (
    <div className="tip num" style={style}>
      <div className="i3">{title}</div>
      {rows.slice(0, SHOWN).map((row, at) => (
        <div className="tip-row" key={`${row.label}:${at}`}>
          <i className="dot" style={{ width: 7, height: 7, background: `var(${row.token})` }} />
          <span className={at === 0 ? 'sb' : 'i2'}>{row.label}</span>
          <b>{row.text}</b>
        </div>
      ))}
      {rows.length > SHOWN ? <div className="i3">+{rows.length - SHOWN} below</div> : null}
    </div>
  )
}
