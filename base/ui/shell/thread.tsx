import { useEffect, useMemo, useRef } from 'react'
import { AppLink, useGo } from './address/app-link.tsx'
import { useShortcuts } from './keys/shortcuts.tsx'

/** One stop of the lineage thread. `to` is null where nothing exists yet. */
export interface ThreadStop {
  kind: string
  name: string
  to: string | null
  current?: boolean
  /** Something is wrong there. */
  tone?: 'warn' | 'bad'
}

/** The same strip under every entity's title: upstream left, downstream right. `Alt ←/→` walks it. */
export function Thread({ stops }: { stops: readonly ThreadStop[] }) {
  const strip = useRef<HTMLElement>(null)
  const go = useGo()
  const at = stops.findIndex((stop) => stop.current === true)
  useEffect(() => {
    const current = strip.current?.querySelector<HTMLElement>('[aria-current]')
    if (strip.current !== null && current !== null && current !== undefined)
      strip.current.scrollLeft = current.offsetLeft - 90
  }, [at])
  const walk = useMemo(() => {
    const before = stops.slice(0, Math.max(0, at)).findLast((stop) => stop.to !== null)?.to
    const after = stops.slice(at + 1).find((stop) => stop.to !== null)?.to
    return [
      {
        keys: 'Alt ←',
        says: 'Walk the lineage upstream',
        act: () => before !== undefined && before !== null && go.to(before),
      },
      {
        keys: 'Alt →',
        says: 'Walk the lineage downstream',
        act: () => after !== undefined && after !== null && go.to(after),
      },
    ]
  }, [stops, at, go])
  useShortcuts(walk)
  if (stops.length === 0) return null
  return (
    <nav className="thread" aria-label="Lineage" ref={strip}>
      {stops.map((stop) => (
        <Stop key={`${stop.kind}:${stop.name}`} stop={stop} />
      ))}
      <span className="walk not-phone">
        Walk <kbd>Alt</kbd>
        <kbd>←</kbd>
        <kbd>→</kbd>
      </span>
    </nav>
  )
}

function Stop({ stop }: { stop: ThreadStop }) {
  const inside = (
    <>
      <span>{stop.kind}</span>
      <b className="num" title={stop.name}>
        {stop.name}
      </b>
    </>
  )
  const look = `stop ${stop.tone ?? ''}`
  if (stop.to === null) return <span className={`${look} ahead`}>{inside}</span>
  return (
    <AppLink to={stop.to} className={look} aria-current={stop.current === true ? 'true' : undefined}>
      {inside}
    </AppLink>
  )
}
