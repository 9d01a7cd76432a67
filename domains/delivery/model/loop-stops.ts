import { ref } from '@millrace/contract'
import type { LoopRelease, LoopStop, Release, ReleaseStep, TimelineEntry } from '../contract.ts'
import { isOpen } from './release.ts'

type StopName = LoopStop['name']

interface Stop {
  readonly name: StopName
  /** Steps that end it well, that skip it, and that end the release in it. */
  readonly done: readonly ReleaseStep[]
  readonly skipped?: readonly ReleaseStep[]
  readonly stopped: readonly ReleaseStep[]
  readonly running: (release: Release) => boolean
  readonly refKind: string
}

const stops: readonly Stop[] = [
  {
    name: 'retrain',
    done: ['trained'],
    skipped: ['version_given'],
    stopped: ['suppressed'],
    running: ({ state }) => state === 'triggered' || state === 'training',
    refKind: 'pipeline-run',
  },
  {
    name: 'validate',
    done: ['gate_passed'],
    stopped: ['gate_refused'],
    running: ({ state }) => state === 'validating',
    refKind: 'evidence',
  },
  {
    name: 'approve',
    done: ['approved'],
    stopped: ['not_approved'],
    running: ({ state }) => state === 'awaiting_approval',
    refKind: 'approval',
  },
  {
    name: 'canary',
    done: ['promoted'],
    skipped: ['deployed'],
    stopped: ['rolled_back'],
    running: ({ state }) => state === 'rolling_out',
    refKind: 'rollout',
  },
  { name: 'promote', done: ['promoted'], stopped: [], running: () => false, refKind: 'endpoint' },
]

/** The seven stops of the loop, as far as a release has come. After an override the later passage counts. */
export function loopStops(release: Release): LoopStop[] {
  const [first] = release.timeline
  const alert: LoopStop = {
    name: 'alert',
    state: 'done',
    atMs: first?.atMs ?? release.createdAtMs,
    sentence: release.trigger.reason,
    ref: ref(release.trigger.kind, release.trigger.id),
  }
  const middle = stops.map((stop) => stopOf(stop, release))
  return [alert, ...failedIn(middle, release), auditOf(release)]
}

/** A release as the home page draws it. */
export function loopRelease(release: Release): LoopRelease {
  const { id, policy, number, model, endpoint, state, outcome, suppressed, sentence, versionId, version } = release
  const about = { id, policy, number, model, endpoint, state, outcome, suppressed, sentence, versionId, version }
  return { ...about, startedAtMs: release.createdAtMs, endedAtMs: release.endedAtMs, stops: loopStops(release) }
}

function stopOf(stop: Stop, release: Release): LoopStop {
  const here = [...stop.done, ...(stop.skipped ?? []), ...stop.stopped]
  const entry = release.timeline.findLast((found) => here.includes(found.step))
  if (entry === undefined || stop.running(release)) {
    const state = stop.running(release) ? 'running' : 'ahead'
    return { name: stop.name, state, atMs: null, sentence: null, ref: null }
  }
  const state = stop.done.includes(entry.step) ? 'done' : stop.stopped.includes(entry.step) ? 'stopped' : 'skipped'
  return { name: stop.name, state, atMs: entry.atMs, sentence: entry.sentence, ref: refOf(entry, stop.refKind) }
}

/** A failure has no stop of its own: it stops the first that was not reached. */
function failedIn(reached: readonly LoopStop[], release: Release): LoopStop[] {
  const failed = release.timeline.findLast((entry) => entry.step === 'failed')
  const at = failed === undefined ? -1 : reached.findIndex((stop) => stop.state === 'ahead')
  return reached.map((stop, index) =>
    failed === undefined || index !== at
      ? stop
      : { ...stop, state: 'stopped', atMs: failed.atMs, sentence: failed.sentence, ref: failed.refs[0] ?? null },
  )
}

function auditOf(release: Release): LoopStop {
  const open = isOpen(release)
  return {
    name: 'audit',
    state: open ? 'ahead' : 'done',
    atMs: open ? null : release.endedAtMs,
    sentence: open ? null : release.sentence,
    ref: open ? null : ref('release', release.id),
  }
}

function refOf(entry: TimelineEntry, kind: string) {
  return entry.refs.find((found) => found.kind === kind) ?? entry.refs[0] ?? null
}
