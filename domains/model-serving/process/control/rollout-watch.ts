import type { Analytics, Logger, Runner } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { Problem } from '@millrace/contract'
import { advanceRollout } from '../../actions/advance-rollout.ts'
import { planOf, specOf } from '../../actions/show.ts'
import type { EndpointSpec } from '../../contract.ts'
import type { Judgement, OuterReading } from '../../model/judge-rollout.ts'
import { judgeRollout } from '../../model/judge-rollout.ts'
import type { LabelBatch, LabelBody } from '../../model/log-files.ts'
import { predictionIdLength } from '../../model/prediction-id.ts'
import type { RolloutEvidence } from '../../model/rollout-evidence.ts'
import { createRolloutEvidence } from '../../model/rollout-evidence.ts'
import { logManifest } from '../../store/log-manifest.ts'
import { servingOverview } from '../../store/serving-overview.ts'
import type { EndpointRow, RolloutRow } from '../../store/tables.ts'
import type { ReadBatch } from '../log/spool-record.ts'
import { restoreEvidence } from './restore-evidence.ts'
import { armBatchOf } from './score-of.ts'
import type { SpoolTail } from './spool-tail.ts'

/** A figure about both versions of a rollout that another domain adds; see `registerReading`. */
export type ReadingSource = (of: {
  readonly workspace: string
  readonly endpoint: string
  readonly championVersionId: string
  readonly canaryVersionId: string
  readonly sinceMs: number
}) => Promise<OuterReading>

export interface RolloutWatchOptions {
  readonly database: Database
  readonly runner: Runner
  readonly analytics: Analytics
  readonly dataDir: string
  readonly tail: SpoolTail
  readonly nowMs: () => number
  readonly log: Logger
  readonly readings: ReadonlyMap<string, ReadingSource>
}

/** Follows open rollouts: reads the log and ground truth as they come, judges, and acts. */
export interface RolloutWatch {
  /** Reads everything that has come since and judges every open rollout. Calls that come together share one round. */
  look(): Promise<void>
  /** Builds the evidence of rollouts that were open before this process. Called first; everything else waits for it. */
  restore(): Promise<void>
  beforeSegments(paths: readonly string[]): Promise<void>
  beforeLabels(): Promise<void>
}

interface Watched {
  readonly row: RolloutRow
  readonly score: EndpointSpec['score']
  readonly evidence: RolloutEvidence
  /** What was written of it last, and when. */
  written: string
  writtenAtMs: number
}

/** Verdicts that led to nothing are written at most this often. */
const writeEveryMs = 1000
/** PostgreSQL may commit a lower sequence after a higher one; this many are looked at again. */
const sequencesAgain = 256

/** Makes the watch. */
export function createRolloutWatch(options: RolloutWatchOptions): RolloutWatch {
  const watched = new Map<string, Watched>()
  const labels = { readTo: 0, seen: new Set<number>() }
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined
  const queue = <T>(work: () => Promise<T>): Promise<T> => {
    const round = last.then(work)
    last = round.catch(() => {})
    return round
  }
  const readLabels = () => newLabels(options.database, labels)
  const round = async () => {
    await refresh(options, watched)
    if (watched.size === 0) return
    // Ground truth first, then the log: a label's prediction was logged before its answer, so it is found.
    const batches = await readLabels()
    absorb(watched, await options.tail.readAll(isOfRollout))
    applyLabels(watched, batches)
    for (const rollout of watched.values()) await judgeOne(options, rollout)
  }
  return {
    look: () =>
      (next ??= queue(async () => {
        next = undefined
        await round()
      })),
    restore: () =>
      queue(async () => {
        await refresh(options, watched)
        if (watched.size === 0) return
        // Predictions first, wherever they lie: a label without its prediction would be passed over.
        absorb(watched, await options.tail.readAll(isOfRollout))
        for (const { row, score, evidence } of watched.values()) {
          await persistently(() => restoreEvidence(options, row, score, evidence))
        }
        applyLabels(watched, await readLabels())
      }),
    beforeSegments: (paths) =>
      queue(async () => {
        await refresh(options, watched)
        if (watched.size > 0) absorb(watched, await options.tail.finish(paths, isOfRollout))
        else options.tail.forget(paths)
      }),
    beforeLabels: () =>
      queue(async () => {
        await refresh(options, watched)
        if (watched.size === 0) return
        const batches = await readLabels()
        absorb(watched, await options.tail.readAll(isOfRollout))
        applyLabels(watched, batches)
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

function isOfRollout({ rollout }: { rollout: unknown }): boolean {
  return rollout !== null
}

/** Takes note of rollouts that were opened, moved on or ended. */
async function refresh(options: RolloutWatchOptions, watched: Map<string, Watched>): Promise<void> {
  const overview = servingOverview(options.database.reader)
  const rows = await overview.openRollouts()
  const open = new Set(rows.map(({ id }) => id))
  for (const id of watched.keys()) if (!open.has(id)) watched.delete(id)
  if (rows.length === 0) return
  const endpoints = new Map((await overview.endpoints()).map((row) => [keyOf(row.workspace, row.name), row]))
  for (const row of rows) watched.set(row.id, watchedOf(row, endpoints, watched.get(row.id)))
}

function watchedOf(row: RolloutRow, endpoints: ReadonlyMap<string, EndpointRow>, known: Watched | undefined): Watched {
  const score = scoreOf(endpoints.get(keyOf(row.workspace, row.endpoint)))
  if (known !== undefined) return { ...known, row, score }
  return { row, score, evidence: createRolloutEvidence(score.threshold), written: '', writtenAtMs: 0 }
}

function keyOf(workspace: string, name: string): string {
  return `${workspace}/${name}`
}

function scoreOf(endpoint: EndpointRow | undefined): EndpointSpec['score'] {
  return endpoint === undefined ? { threshold: 0.5 } : specOf(endpoint).score
}

function absorb(watched: ReadonlyMap<string, Watched>, batches: readonly ReadBatch[]): void {
  for (const batch of batches) {
    const rollout = watched.get(batch.stream.rollout?.id ?? '')
    rollout?.evidence.addBatch(armBatchOf(batch, rollout.score))
  }
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

function applyLabels(watched: ReadonlyMap<string, Watched>, batches: readonly LabelBatch[]): void {
  for (const batch of batches) {
    const ofEndpoint = [...watched.values()].filter(
      ({ row }) => row.endpoint === batch.endpoint && row.workspace === batch.workspace,
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

async function judgeOne(options: RolloutWatchOptions, watched: Watched): Promise<void> {
  const { row, evidence } = watched
  if (row.paused === 1) return
  const plan = planOf(row)
  const judgement = judgeRollout({
    plan,
    step: row.step,
    stepStartedAtMs: row.step_started_at_ms,
    steps: evidence.steps(),
    nowMs: options.nowMs(),
    readings: await readingsOf(options, row, plan),
  })
  const text = JSON.stringify(judgement)
  const isNews = text !== watched.written && options.nowMs() - watched.writtenAtMs >= writeEveryMs
  if (judgement.decision === 'keep' && !isNews) return
  watched.written = text
  watched.writtenAtMs = options.nowMs()
  await actOn(options, row, judgement)
}

async function readingsOf(
  options: RolloutWatchOptions,
  row: RolloutRow,
  plan: ReturnType<typeof planOf>,
): Promise<Map<string, OuterReading>> {
  const readings = new Map<string, OuterReading>()
  for (const { name, metric } of plan.guardrails) {
    const source = metric === 'reading' ? options.readings.get(name) : undefined
    if (source === undefined) continue
    const { workspace, endpoint, champion_version_id: championVersionId, version_id: canaryVersionId } = row
    readings.set(
      name,
      await source({ workspace, endpoint, championVersionId, canaryVersionId, sinceMs: row.started_at_ms }),
    )
  }
  return readings
}

/** A promotion that a guard refuses pauses the rollout with the guard's sentence: a person decides. */
async function actOn(options: RolloutWatchOptions, row: RolloutRow, judgement: Judgement): Promise<void> {
  const context = { actor: systemActor('model-serving'), workspace: row.workspace }
  const { decision, progress, guardrail, reason } = judgement
  const input = { id: row.id, step: row.step, verdicts: [...judgement.verdicts], progress }
  const why = { ...(guardrail === undefined ? {} : { guardrail }), ...(reason === undefined ? {} : { reason }) }
  try {
    await options.runner.act(advanceRollout, { ...input, ...why, decision }, context)
  } catch (error) {
    if (!(error instanceof Problem) || decision !== 'promote') throw error
    const refusal = `It could not be promoted: ${error.message}`
    await options.runner.act(advanceRollout, { ...input, decision: 'pause', reason: refusal }, context)
  }
}
