import type { Analytics } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import type { LabelBatch, LabelBody } from '../../model/log-files.ts'
import { predictionIdLength } from '../../model/prediction-id.ts'
import type { TrafficEvidence } from '../../model/traffic-evidence.ts'
import { createTrafficEvidence } from '../../model/traffic-evidence.ts'
import { logManifest } from '../../store/log-manifest.ts'
import type { ReadBatch } from '../log/spool-record.ts'
import type { Trial } from './open-trials.ts'
import { openTrials } from './open-trials.ts'
import type { RequestIndex } from './request-index.ts'
import { restoreEvidence } from './restore-evidence.ts'
import { armBatchOf } from './score-of.ts'
import type { SpoolTail } from './spool-tail.ts'

export interface EvidenceKeeperOptions {
  readonly database: Database
  readonly analytics: Analytics
  readonly dataDir: string
  readonly tail: SpoolTail
  /** Told who answered each request of a trial. */
  readonly index: RequestIndex
}

/** A trial with what was seen of it. */
export interface WatchedTrial {
  readonly trial: Trial
  readonly evidence: TrafficEvidence<string>
}

/** Keeps the evidence of everything under way, as the log and ground truth grow. */
export interface EvidenceKeeper {
  /** Reads everything that has come since, then judges. Calls that come together share one round. */
  look(judge: (watched: WatchedTrial) => Promise<void>): Promise<void>
  /** Builds the evidence of what was under way before this process. Called first; everything else waits for it. */
  restore(): Promise<void>
  /** Called with whole spool files before they become Parquet. */
  beforeSegments(paths: readonly string[]): Promise<void>
  /** Called before ground truth becomes Parquet. */
  beforeLabels(): Promise<void>
}

/** PostgreSQL may commit a lower sequence after a higher one; this many are looked at again. */
const sequencesAgain = 256

/** Makes the keeper. */
export function createEvidenceKeeper(options: EvidenceKeeperOptions): EvidenceKeeper {
  const watched = new Map<string, WatchedTrial>()
  const labels = { readTo: 0, seen: new Set<number>() }
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined
  const queue = <T>(work: () => Promise<T>): Promise<T> => {
    const round = last.then(work)
    last = round.catch(() => {})
    return round
  }
  const refresh = () => refreshTrials(options.database, watched)
  const readLabels = () => newLabels(options.database, labels)
  /** Ground truth first, then the log: a label's prediction was logged before its answer, so it is found. */
  const catchUp = async () => {
    const batches = await readLabels()
    absorb(options.index, watched, await options.tail.readAll(isOfTrial))
    applyLabels(watched, batches)
  }
  return {
    look: (judge) =>
      (next ??= queue(async () => {
        next = undefined
        await refresh()
        if (watched.size === 0) return
        await catchUp()
        for (const trial of watched.values()) await judge(trial)
      })),
    restore: () =>
      queue(async () => {
        await refresh()
        if (watched.size === 0) return
        // Predictions first, wherever they lie: a label without its prediction would be passed over.
        absorb(options.index, watched, await options.tail.readAll(isOfTrial))
        for (const { trial, evidence } of watched.values()) {
          if (trial.keepsRequests) await persistently(() => restoreEvidence(options, trial, evidence))
        }
        applyLabels(watched, await readLabels())
      }),
    beforeSegments: (paths) =>
      queue(async () => {
        await refresh()
        if (watched.size > 0) absorb(options.index, watched, await options.tail.finish(paths, isOfTrial))
        else options.tail.forget(paths)
      }),
    beforeLabels: () =>
      queue(async () => {
        await refresh()
        if (watched.size > 0) await catchUp()
      }),
  }
}

/** The analytics process may end while it works; what was read twice counts once. */
async function persistently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt === 5) throw error
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}

function isOfTrial({ rollout }: { rollout: unknown }): boolean {
  return rollout !== null
}

/** Takes note of trials that were opened, moved on or ended. */
async function refreshTrials(database: Database, watched: Map<string, WatchedTrial>): Promise<void> {
  const open = await openTrials(database)
  const ids = new Set(open.map(({ id }) => id))
  for (const id of watched.keys()) if (!ids.has(id)) watched.delete(id)
  for (const trial of open) {
    const evidence = watched.get(trial.id)?.evidence ?? createTrafficEvidence(trial.arms, trial.score.threshold)
    watched.set(trial.id, { trial, evidence })
  }
}

function absorb(index: RequestIndex, watched: ReadonlyMap<string, WatchedTrial>, batches: readonly ReadBatch[]): void {
  for (const batch of batches) {
    const { rollout, role, deploymentId } = batch.stream
    const of = rollout === null ? undefined : watched.get(rollout.id)
    const arm = of?.trial.armOf({ role, deploymentId })
    if (of === undefined || arm === undefined) continue
    noteAnswers(index, batch)
    if (of.trial.keepsRequests) of.evidence.addBatch(armBatchOf(batch, arm, of.trial.score))
  }
}

/** Remembers who answered what. A shadow answers nobody: the answer that feedback is about is another's. */
function noteAnswers(index: RequestIndex, { stream, requests }: ReadBatch): void {
  const { rollout, role, deploymentId } = stream
  if (role === 'shadow' || rollout === null) return
  for (const { id } of requests) index.note(id, { deploymentId, contextId: rollout.id, contextStep: rollout.step })
}

async function newLabels(database: Database, labels: { readTo: number; seen: Set<number> }): Promise<LabelBatch[]> {
  const from = Math.max(0, labels.readTo - sequencesAgain)
  const found = await logManifest(database.reader).labelBatches(from, 100_000)
  const fresh = found.filter(({ sequence }) => !labels.seen.has(sequence))
  for (const { sequence } of fresh) {
    labels.seen.add(sequence)
    labels.readTo = Math.max(labels.readTo, sequence)
  }
  for (const sequence of labels.seen) if (sequence <= labels.readTo - sequencesAgain) labels.seen.delete(sequence)
  return fresh
}

function applyLabels(watched: ReadonlyMap<string, WatchedTrial>, batches: readonly LabelBatch[]): void {
  for (const batch of batches) {
    const ofEndpoint = [...watched.values()].filter(
      ({ trial }) => trial.keepsRequests && trial.endpoint === batch.endpoint && trial.workspace === batch.workspace,
    )
    if (ofEndpoint.length === 0) continue
    const body = JSON.parse(batch.body) as LabelBody // as record-ground-truth wrote it
    for (const { evidence } of ofEndpoint) {
      for (const { id, values } of body.batches) values.forEach((value, row) => evidence.addLabel(id, row, value))
      for (const { id, value } of body.labels) {
        evidence.addLabel(id.slice(0, predictionIdLength), Number(id.slice(predictionIdLength + 1)), value)
      }
    }
  }
}
