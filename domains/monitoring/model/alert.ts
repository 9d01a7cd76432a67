import { EpochMs, id } from '@millrace/contract'
import { z } from 'zod'
import { AlertClass, RuleMetric, Severity } from './alert-rule.ts'
import type { Streak } from './streak.ts'

export const AlertState = z.enum(['pending', 'firing', 'acknowledged', 'resolved'])
export type AlertState = z.infer<typeof AlertState>

/** A rule that spoke. There is at most one unresolved alert per rule. `value`, `limit` and the interval are the last window's. */
export const Alert = z.object({
  id: id('alert'),
  rule: z.string(),
  monitor: z.string(),
  endpoint: z.string(),
  class: AlertClass,
  severity: Severity,
  state: AlertState,
  /** Nobody is told: no event, no incident. */
  silenced: z.boolean(),
  metric: RuleMetric,
  feature: z.string().nullable(),
  value: z.number(),
  limit: z.number(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  /** Rows (for performance: rows with ground truth) that the value rests on. */
  n: z.int(),
  sentence: z.string(),
  /** The window that made it fire, or the last pending one. */
  windowId: z.string(),
  windowFromMs: EpochMs,
  windowToMs: EpochMs,
  /** The first window of the row of bad ones. */
  sinceWindowMs: EpochMs,
  startedAtMs: EpochMs,
  firedAtMs: EpochMs.nullable(),
  resolvedAtMs: EpochMs.nullable(),
  acknowledgedBy: z.string().nullable(),
  /** A person, or null when the windows became fine. */
  resolvedBy: z.string().nullable(),
  incidentId: z.string().nullable(),
})
export type Alert = z.infer<typeof Alert>

export type AlertStep = 'none' | 'start_pending' | 'start_firing' | 'fire' | 'update' | 'resolve'

/** What a rule's verdicts do to its alert: none yet, or the unresolved one there is. */
export function nextStep(open: AlertState | undefined, streak: Streak, forWindows: number): AlertStep {
  const enough = streak.windows.length >= forWindows
  if (open === undefined) {
    if (streak.windows.length === 0) return 'none'
    return enough ? 'start_firing' : 'start_pending'
  }
  if (streak.windows.length === 0) return streak.over ? 'resolve' : 'none'
  return open === 'pending' && enough ? 'fire' : 'update'
}
