import type { ReactNode } from 'react'

/** The line over a pane: title, what it counts, what one can do. */
export function PaneHead({ title, fact, children }: { title: ReactNode; fact?: ReactNode; children?: ReactNode }) {
  return (
    <header className="pane-h">
      <h2>{title}</h2>
      {fact === undefined ? null : <span className="i3 t12 ell">{fact}</span>}
      {children === undefined ? null : <span className="push row">{children}</span>}
    </header>
  )
}

/** A framed chart inside a grid. */
export function Panel({
  title,
  fact,
  value,
  wide = false,
  children,
}: {
  title: ReactNode
  fact?: ReactNode
  value?: ReactNode
  wide?: boolean
  children: ReactNode
}) {
  return (
    <section className={wide ? 'panel wide' : 'panel'}>
      <header>
        <h3 className="ell">{title}</h3>
        {fact === undefined ? null : <span className="i3 t11 ell">{fact}</span>}
        {value === undefined ? null : <span className="push num t12 b">{value}</span>}
      </header>
      <div className="panel-body">{children}</div>
    </section>
  )
}

/** Names and values in two columns. */
export function KeyValue({ entries }: { entries: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="kv">
      {entries.map(([name, value]) => [<dt key={`${name}:name`}>{name}</dt>, <dd key={`${name}:value`}>{value}</dd>])}
    </dl>
  )
}

/** A few single figures in a row, each with its change. */
export interface Figure {
  label: string
  value: string
  change?: string
  /** Better or worse in the figure's own direction, not its sign. */
  verdict?: 'better' | 'worse' | 'same'
}

export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className="figs">
      {figures.map((figure) => (
        <div key={figure.label}>
          <dt className="ell" title={figure.label}>
            {figure.label}
          </dt>
          <dd className="num">
            {figure.value}{' '}
            {figure.change === undefined ? null : <Delta text={figure.change} verdict={figure.verdict ?? 'same'} />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** A change beside a value, green when it is better. */
export function Delta({ text, verdict }: { text: string; verdict: 'better' | 'worse' | 'same' }) {
  return <small className={`delta ${verdict}`}>{text}</small>
}

/** Lines of a legend: a short dash or a square in the series' colour. */
export function Legend({
  items,
}: {
  items: readonly { label: string; token: string; dashed?: boolean; square?: boolean }[]
}) {
  return (
    <span className="legend">
      {items.map((item) => (
        <span key={item.label}>
          <i
            className={item.square === true ? 'sq' : item.dashed === true ? 'dash' : ''}
            style={{ color: `var(${item.token})` }}
          />
          {item.label}
        </span>
      ))}
    </span>
  )
}
