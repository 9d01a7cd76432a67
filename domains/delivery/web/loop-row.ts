import type { LoopRelease } from '@millrace/delivery/contract'
import { clock, duration } from '@millrace/ui/format'
import type { LoopProgress } from '@millrace/ui/parts'
import { href } from '@millrace/ui/shell'

type Stop = LoopRelease['stops'][number]

export interface LoopRow extends LoopProgress {
  id: string
  model: string
  /** "v2, live", or what it is doing. */
  change: string
  to: string
}

/** A release as a track of seven stops: when it began, then how long each stop took. */
export function loopRow(release: LoopRelease): LoopRow {
  const now = release.stops.findIndex((stop) => stop.state !== 'done' && stop.state !== 'skipped')
  const at = now < 0 ? release.stops.length : now
  const broken = release.stops[at]?.state === 'stopped'
  return {
    id: release.id,
    model: release.model,
    change: changeOf(release),
    to: href('releases', release.id),
    figures: release.stops.slice(0, at + 1).map((stop, index) => figureOf(stop, release.stops.slice(0, index))),
    at,
    ...(broken ? { broken } : {}),
  }
}

function changeOf(release: LoopRelease): string {
  const state = release.state.replaceAll('_', ' ')
  return release.version === null ? state : `v${release.version}, ${state}`
}

function figureOf(stop: Stop, before: readonly Stop[]): string {
  if (stop.state === 'skipped') return '–'
  if (stop.state === 'stopped') return 'stopped'
  if (stop.atMs === null) return ''
  const last = before.findLast((each) => each.atMs !== null)?.atMs ?? null
  if (last === null) return clock(stop.atMs)
  return stop.atMs - last < 1000 ? 'at once' : duration(stop.atMs - last)
}
