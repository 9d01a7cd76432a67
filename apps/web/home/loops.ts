import type { LoopRelease } from '@millrace/delivery/contract'
import type { Lane, Loop, LoopPoint } from '@millrace/ui/charts'
import type { HomeView, LoopAnswer } from './load-home.ts'

type Stop = LoopRelease['stops'][number]

const HOUR = 3_600_000
const spans: Readonly<Record<string, number>> = { '24h': 24 * HOUR, '7d': 7 * 24 * HOUR, '30d': 30 * 24 * HOUR }
const lanes: Readonly<Record<Stop['name'], Lane>> = {
  alert: 'Monitor',
  retrain: 'Pipeline',
  validate: 'Registry',
  approve: 'Governance',
  canary: 'Serving',
  promote: 'Serving',
  audit: 'Governance',
}

/** The loops of a range of time as paths; the range shrinks to what happened in it. */
export function timelineOf(loop: LoopAnswer, range: string, nowMs: number): HomeView['timeline'] {
  const earliest = nowMs - (spans[range] ?? 7 * 24 * HOUR)
  const shown = [...loop.open, ...loop.closed].filter(
    (release) => !release.suppressed && (release.endedAtMs ?? nowMs) >= earliest,
  )
  const first = shown.reduce((least, release) => Math.min(least, release.startedAtMs), nowMs)
  const last = shown.reduce((latest, release) => Math.max(latest, release.endedAtMs ?? nowMs), 0)
  const fromMs = shown.length === 0 ? earliest : Math.max(earliest, first)
  const toMs = shown.length === 0 ? nowMs : last
  const pad = Math.max(1_000, toMs - fromMs) * 0.06
  // What is open is followed; else the loop that came furthest tells most.
  const chosen = loop.open[0] ?? shown.find((release) => release.outcome === 'live') ?? shown[0]
  return {
    loops: shown.map((release) => loopPath(release, release === chosen)),
    fromMs: fromMs - pad,
    toMs: toMs + pad,
    nowMs,
  }
}

function loopPath(release: LoopRelease, chosen: boolean): Loop {
  return {
    name: `${release.policy} release ${release.number}`,
    points: release.stops.flatMap((stop) => pointOf(stop)).toSorted((a, b) => a.atMs - b.atMs),
    chosen,
  }
}

function pointOf(stop: Stop): LoopPoint[] {
  if (stop.atMs === null || stop.state === 'ahead' || stop.state === 'skipped') return []
  const bad = stop.state === 'stopped' || (stop.name === 'alert' && stop.ref?.kind === 'alert')
  return [{ atMs: stop.atMs, lane: lanes[stop.name], label: stop.name, ...(bad ? { bad } : {}) }]
}
