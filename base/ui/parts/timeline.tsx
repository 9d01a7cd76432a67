import type { ReactNode } from 'react'
import { clock, dayAndClock, shortDay, type Zone } from '../format/format.ts'
import { Mark, type State } from './mark.tsx'

export interface TimelineEntry {
  /** Null for what is planned. */
  atMs: number | null
  state: State
  says: ReactNode
  more?: ReactNode
}

/** Events of all domains in one list, the future as a hollow stop. */
export function Timeline({ entries, zone = 'local' }: { entries: readonly TimelineEntry[]; zone?: Zone }) {
  const times = entries.map((entry) => entry.atMs).filter((at) => at !== null)
  const oneDay = new Set(times.map((at) => shortDay(at, zone))).size < 2
  const write = (at: number) => (oneDay ? clock(at, zone) : dayAndClock(at, at, zone))
  return (
    <ol className={oneDay ? 'tl' : 'tl days'}>
      {entries.map((entry, at) => (
        <li key={`${entry.atMs}:${at}`}>
          <time className="num">{entry.atMs === null ? 'next' : write(entry.atMs)}</time>
          <span>
            <Mark state={entry.state} />
          </span>
          <div>
            {entry.says}
            {entry.more === undefined ? null : <p>{entry.more}</p>}
          </div>
        </li>
      ))}
    </ol>
  )
}

// Longer findings stand under their name.
const ONE_LINE = 36

/** What something rests on: name, what was found, when. */
export function CheckRow({
  state,
  name,
  found,
  children,
}: {
  state: State
  name: ReactNode
  found: ReactNode
  children?: ReactNode
}) {
  return (
    <div className={typeof found === 'string' && found.length > ONE_LINE ? 'check-row long' : 'check-row'}>
      <Mark state={state} size={13} />
      <span className="ell">{name}</span>
      <span className="num b">{found}</span>
      {children}
    </div>
  )
}

/** A line that wants attention: what, why, and the act that answers it. */
export function AlertCard({
  tone,
  title,
  children,
  aside,
}: {
  tone: 'warn' | 'bad' | 'ok'
  title: ReactNode
  children?: ReactNode
  aside?: ReactNode
}) {
  return (
    <div className={`alert ${tone}`}>
      <Mark state={tone} size={14} />
      <div className="grow t12">
        <div className="row">
          <b className="sb">{title}</b>
          {aside === undefined ? null : <span className="push i3 num">{aside}</span>}
        </div>
        {children}
      </div>
    </div>
  )
}
