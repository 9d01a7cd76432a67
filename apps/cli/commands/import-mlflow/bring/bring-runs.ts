import { fingerprintOf } from '../fingerprint.ts'
import type { RunPoints, SourceRun } from '../source.ts'
import { copyArtifacts } from './bring-artifacts.ts'
import type { Placed } from './bring-experiments.ts'
import type { Importing, Known } from './importing.ts'
import { inParallel, readKnown, remember } from './importing.ts'
import { runMessage, RunSender } from './run-sender.ts'

/** The kind under which it is remembered that a run's artifacts are all here. */
const artifactsKind = 'run-artifacts'

interface Wanted {
  readonly run: SourceRun
  readonly placed: Placed
  readonly state: string
}

/** Takes the runs of these experiments: what they say, their points, and their artifacts. */
export async function bringRuns(importing: Importing, placed: ReadonlyMap<string, Placed>): Promise<void> {
  const { source, progress } = importing
  const known = await readKnown(importing, 'run')
  const copied = await readKnown(importing, artifactsKind)
  const total = (await source.counts()).runs
  let done = 0
  for await (const page of source.runs(new Set(placed.keys()))) {
    const wanted = page.flatMap((run) => wantedOf(importing, placed, run))
    await bringPage(importing, wanted, { known, copied })
    done += page.length
    progress('Runs', done, Math.max(total, done))
  }
}

function wantedOf(importing: Importing, placed: ReadonlyMap<string, Placed>, run: SourceRun): Wanted[] {
  const place = placed.get(run.experimentId)
  if (place === undefined) return []
  if (importing.sinceMs !== undefined && (run.startedAtMs ?? 0) < importing.sinceMs) return []
  return [{ run, placed: place, state: fingerprintOf(run) }]
}

async function bringPage(
  importing: Importing,
  wanted: readonly Wanted[],
  { known, copied }: { readonly known: Known; readonly copied: Known },
): Promise<void> {
  const { report, dryRun, onlyNew } = importing
  const isWhole = ({ run, state }: Wanted) => {
    const before = known.get(run.id)
    return before !== undefined && before !== '' && (onlyNew || before === state)
  }
  const changed = wanted.filter((one) => !isWhole(one))
  report.count('runs', 'same', wanted.length - changed.length)
  if (dryRun) {
    report.count('runs', 'made', changed.length)
    return
  }
  const sender = new RunSender(importing)
  await sendWhole(importing, sender, changed)
  const missing = wanted.filter(({ run, placed, state }) => {
    const isCopied = copied.get(run.id) === state && run.status !== 'running'
    return !placed.staysElsewhere && !isCopied && !sender.refused.has(run.id)
  })
  await copyAll(importing, missing)
  // Only now: nothing can be written to a run that is deleted.
  for (const { run, placed, state } of changed) {
    if (run.deletedAtMs === null || sender.refused.has(run.id)) continue
    const { deletedAtMs } = run
    await sender.add(runMessage(run, placed, { points: undefined, state, deletedAtMs }))
  }
  await sender.flush()
}

/** Sends runs with all their points; deleted ones as if they were active and not whole. */
async function sendWhole(importing: Importing, sender: RunSender, wanted: readonly Wanted[]): Promise<void> {
  const waiting = new Map(wanted.map((one) => [one.run.id, one]))
  const send = async (piece: { readonly runId: string; readonly points: RunPoints | undefined }, isLast: boolean) => {
    const one = waiting.get(piece.runId)
    if (one === undefined) return
    const { run, placed } = one
    const state = isLast && run.deletedAtMs === null ? one.state : ''
    await sender.add(runMessage(run, placed, { points: piece.points, state, deletedAtMs: null }))
    if (isLast) waiting.delete(piece.runId)
  }
  let held: RunPoints | undefined
  for await (const piece of importing.source.points(wanted.map(({ run }) => run))) {
    if (held !== undefined) await send({ runId: held.runId, points: held }, held.runId !== piece.runId)
    held = piece
  }
  if (held !== undefined) await send({ runId: held.runId, points: held }, true)
  for (const runId of waiting.keys()) await send({ runId, points: undefined }, true)
  await sender.flush()
}

async function copyAll(importing: Importing, missing: readonly Wanted[]): Promise<void> {
  const whole = new Map<string, string>()
  await inParallel(missing, 4, async ({ run, state }) => {
    const isAll = await copyArtifacts(importing, { kind: 'run', id: run.id, uri: run.artifactUri })
    if (isAll) whole.set(run.id, state)
  })
  await remember(importing, artifactsKind, whole)
}
