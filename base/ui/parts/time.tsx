import { useEffect, useState } from 'react'
import { ago, dayAndClock, duration, fullTime, type Zone } from '../format/format.ts'

const subscribers = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | null = null

/** The present, renewed every half minute for all that show an age: one timer for the page. */
export function useNow(): number {
  const [nowMs, setNow] = useState(() => Date.now())
  useEffect(() => {
    const renew = () => setNow(Date.now())
    subscribers.add(renew)
    ticking ??= setInterval(() => subscribers.forEach((each) => each()), 30_000)
    return () => {
      subscribers.delete(renew)
      if (subscribers.size === 0 && ticking !== null) {
        clearInterval(ticking)
        ticking = null
      }
    }
  }, [])
  return nowMs
}

/** Whole seconds until a time, at least one; counts by itself. */
export function Countdown({ untilMs }: { untilMs: number }) {
  const [nowMs, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  return <span className="num">{Math.max(1, Math.ceil((untilMs - nowMs) / 1000))}</span>
}

/** How long ago, with the full time in the tooltip. */
export function Ago({ atMs, zone = 'local' }: { atMs: number; zone?: Zone }) {
  const nowMs = useNow()
  return (
    <time className="num nowrap" dateTime={new Date(atMs).toISOString()} title={fullTime(atMs, zone)}>
      {ago(atMs, nowMs, zone)}
    </time>
  )
}

/** A day and a clock time: `2 Dec 14:16`. */
export function At({ atMs, zone = 'local' }: { atMs: number; zone?: Zone }) {
  const nowMs = useNow()
  return (
    <time className="num nowrap" dateTime={new Date(atMs).toISOString()} title={fullTime(atMs, zone)}>
      {dayAndClock(atMs, nowMs, zone)}
    </time>
  )
}

/** The time until something: `42 min`; `now` once it has come. */
export function Until({ atMs }: { atMs: number }) {
  const nowMs = useNow()
  return (
    <time className="num nowrap" dateTime={new Date(atMs).toISOString()} title={fullTime(atMs)}>
      {atMs <= nowMs ? 'now' : duration(Math.ceil((atMs - nowMs) / 60_000) * 60_000)}
    </time>
  )
}
