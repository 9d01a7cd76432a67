import { EpochMs, id } from '@millrace/contract'
import { z } from 'zod'
import { AlertClass, Severity } from './alert-rule.ts'

export const IncidentState = z.enum(['open', 'mitigated', 'resolved', 'reviewed'])
export type IncidentState = z.infer<typeof IncidentState>

/** What happened to an incident, append-only. */
export const TimelineEntry = z.object({
  atMs: EpochMs,
  kind: z.enum(['opened', 'alert_fired', 'alert_resolved', 'mitigated', 'reopened', 'resolved', 'reviewed']),
  text: z.string(),
  by: z.string(),
  ref: z.object({ kind: z.string(), id: z.string() }).optional(),
})
export type TimelineEntry = z.infer<typeof TimelineEntry>

/** Alerts of one class of one monitor that belong together, until a person says what it was. */
export const Incident = z.object({
  id: id('incident'),
  title: z.string(),
  class: AlertClass,
  severity: Severity,
  state: IncidentState,
  monitor: z.string(),
  endpoint: z.string(),
  alertIds: z.array(z.string()),
  timeline: z.array(TimelineEntry),
  openedAtMs: EpochMs,
  updatedAtMs: EpochMs,
  resolvedAtMs: EpochMs.nullable(),
})
export type Incident = z.infer<typeof Incident>

export type IncidentVerb = 'mitigate' | 'resolve' | 'review'

const allowedFrom: Readonly<Record<IncidentVerb, readonly IncidentState[]>> = {
  mitigate: ['open'],
  resolve: ['open', 'mitigated'],
  review: ['resolved'],
}
const reached = { mitigate: 'mitigated', resolve: 'resolved', review: 'reviewed' } as const

/** The states that a verb starts from. */
export function statesFor(verb: IncidentVerb): readonly IncidentState[] {
  return allowedFrom[verb]
}

/** Moves an incident on; the caller has checked `statesFor`. */
export function steer(
  incident: Incident,
  verb: IncidentVerb,
  act: { readonly note: string; readonly by: string; readonly atMs: number },
): Incident {
  const state = reached[verb]
  const entry: TimelineEntry = { atMs: act.atMs, kind: state, text: act.note, by: act.by }
  return {
    ...incident,
    state,
    updatedAtMs: act.atMs,
    resolvedAtMs: state === 'resolved' ? act.atMs : incident.resolvedAtMs,
    timeline: [...incident.timeline, entry],
  }
}

/** Whether an alert makes an incident: drift alone is a question, not a harm, unless the rule says it is critical. */
export function opensIncident(alert: { readonly class: AlertClass; readonly severity: Severity }): boolean {
  return alert.class !== 'drift' || alert.severity === 'critical'
}

const titles: Readonly<Record<AlertClass, string>> = {
  performance: 'Performance',
  drift: 'Drift',
  input_fault: 'Input fault',
}

/** An incident's title: what kind of harm, where, and on which feature where one stands out. */
export function incidentTitle(alert: {
  readonly class: AlertClass
  readonly endpoint: string
  readonly feature: string | null
}): string {
  const on = alert.feature === null ? '' : `: ${alert.feature}`
  return `${titles[alert.class]} at ${alert.endpoint}${on}`
}
