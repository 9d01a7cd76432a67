import type { z } from 'zod'
import type { TrafficExperiment } from '../model/experiment.ts'
import { ExperimentArm, ExperimentSpec, ExperimentVerdict } from '../model/experiment.ts'
import type { ExperimentRow } from '../../store/tables.ts'

/** An experiment as the contract says it. */
export function showExperiment(row: ExperimentRow): z.input<typeof TrafficExperiment> {
  const { id, endpoint, state, weighing, reason } = row
  return {
    id,
    endpoint,
    state,
    weighing,
    reason,
    spec: experimentSpecOf(row),
    arms: armsOf(row),
    verdict: verdictOf(row),
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    winnerVersionId: row.winner_version_id,
    startedBy: row.started_by,
  }
}

/** A row's spec, with defaults that came after it was written. */
export function experimentSpecOf(row: Pick<ExperimentRow, 'spec'>): ExperimentSpec {
  return ExperimentSpec.parse(JSON.parse(row.spec))
}

/** The versions that share the traffic, the control first. */
export function armsOf(row: Pick<ExperimentRow, 'arms'>): ExperimentArm[] {
  return ExperimentArm.array().parse(JSON.parse(row.arms))
}

/** What was found so far. */
export function verdictOf(row: Pick<ExperimentRow, 'verdict'>): ExperimentVerdict {
  return ExperimentVerdict.parse(JSON.parse(row.verdict))
}
