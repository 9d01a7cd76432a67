import type { DomainEvent } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { AuditEntry, LineageEdge } from '@millrace/kernel'
import type { Alert, Incident, WindowFigures } from '../contract.ts'
import * as contract from '../contract.ts'
import { nextStep } from '../model/alert.ts'
import type { Verdict } from '../model/alert-rule.ts'
import { judgeWindow } from '../model/alert-rule.ts'
import { incidentTitle, opensIncident } from '../model/incident.ts'
import type { Streak } from '../model/streak.ts'
import { streakOf } from '../model/streak.ts'
import type { MonitoringStore } from '../store/monitoring-store.ts'
import type { StoredRule } from '../store/rule-rows.ts'

/** What this part of an action works with. */
export interface Judging {
  readonly store: MonitoringStore
  readonly nowMs: number
  readonly by: string
}
type Making = Judging & { readonly newId: (prefix: string) => string }

/** What the rules did: to be written with the window, in its transaction. */
interface Judged {
  readonly events: DomainEvent[]
  readonly audit: AuditEntry[]
  readonly edges: LineageEdge[]
  readonly fired: string[]
}

interface JudgedSpan {
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
}

/** Lets every rule of a monitor judge a window, and starts, fires, updates or resolves its alert. */
export async function judgeRules(
  making: Making,
  endpoint: string,
  window: JudgedSpan & { readonly monitor: string },
  figures: WindowFigures,
): Promise<Judged> {
  const judged: Judged = { events: [], audit: [], edges: [], fired: [] }
  for (const rule of await making.store.rules.of(window.monitor)) {
    const verdict = judgeWindow(rule.spec, figures)
    await making.store.verdicts.save(rule.name, window, verdict)
    await followRule(making, { rule, endpoint, window, verdict }, judged)
  }
  return judged
}

interface Case {
  readonly rule: StoredRule
  readonly endpoint: string
  readonly window: JudgedSpan
  readonly verdict: Verdict
}

async function followRule(making: Making, found: Case, judged: Judged): Promise<void> {
  const { store, nowMs } = making
  const { rule } = found
  const streak = streakOf(await store.verdicts.newestFirst(rule.name), rule.settledUntilMs)
  const open = await store.alerts.openOf(rule.name)
  const step = nextStep(open?.state, streak, rule.spec.forWindows)
  if (step === 'none') return
  if (step === 'resolve') return open === undefined ? undefined : resolve(making, open, judged)
  const alert = await describe(making, found, streak, open)
  if (alert === undefined) return
  const fires = step === 'start_firing' || step === 'fire'
  const next = fires ? await fire(making, { ...alert, state: 'firing', firedAtMs: nowMs }, judged) : alert
  await keep(store, open, next)
  // Further bad windows of a firing alert are in the windows' own records.
  if (open === undefined || fires) judged.audit.push({ object: ref('alert', next.id), ...was(open), after: next })
}

function keep(store: MonitoringStore, open: Alert | undefined, next: Alert): Promise<unknown> {
  return open === undefined ? store.alerts.insert(next) : store.alerts.save(next)
}

/** The alert as the last bad window of the streak describes it. */
async function describe(
  making: Making,
  found: Case,
  streak: Streak,
  open: Alert | undefined,
): Promise<Alert | undefined> {
  const [first, last] = [streak.windows[0], streak.windows.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const { window, verdict } = await lastBad(making, found, last.windowId)
  if (window === undefined || verdict === undefined || verdict.value === null) return undefined
  const { feature, value, limit, lower, upper, n, sentence } = verdict
  const said = { feature, value, limit, lower, upper, n, sentence, sinceWindowMs: first.fromMs }
  const at = { windowId: window.id, windowFromMs: window.fromMs, windowToMs: window.toMs }
  if (open === undefined) return { ...pendingAlert(making, found), ...said, ...at }
  // A firing alert keeps the window that made it fire: retraining and people look there.
  return { ...open, ...said, ...(open.state === 'pending' ? at : {}) }
}

async function lastBad(
  { store }: Making,
  { rule, window, verdict }: Case,
  windowId: string,
): Promise<{ window?: JudgedSpan | undefined; verdict?: Verdict | undefined }> {
  if (windowId === window.id) return { window, verdict }
  const [other] = await store.windows.byIds([windowId])
  return { window: other, verdict: await store.verdicts.find(rule.name, windowId) }
}

function pendingAlert({ nowMs, newId }: Making, { rule, endpoint }: Case) {
  const { metric, class: kind, severity, monitor } = rule.spec
  return {
    id: newId('alr') as Alert['id'], // newId makes it of this kind
    rule: rule.name,
    monitor,
    endpoint,
    class: kind,
    severity,
    state: 'pending' as const,
    metric,
    silenced: (rule.silencedUntilMs ?? 0) > nowMs,
    startedAtMs: nowMs,
    firedAtMs: null,
    resolvedAtMs: null,
    acknowledgedBy: null,
    resolvedBy: null,
    incidentId: null,
  }
}

async function fire(making: Making, alert: Alert, judged: Judged): Promise<Alert> {
  judged.fired.push(alert.id)
  judged.edges.push({ from: ref('window', alert.windowId), type: 'raised', to: ref('alert', alert.id) })
  if (alert.silenced) return alert
  judged.events.push(contract.alertFired(alertPayload(alert)))
  if (!opensIncident(alert)) return alert
  const incident = await joinIncident(making, alert, judged)
  judged.edges.push({ from: ref('alert', alert.id), type: 'raised', to: ref('incident', incident.id) })
  return { ...alert, incidentId: incident.id }
}

async function joinIncident({ store, nowMs, newId, by }: Making, alert: Alert, judged: Judged): Promise<Incident> {
  const { monitor, endpoint, class: kind, severity } = alert
  const known = await store.incidents.openOf(monitor, kind)
  const entry = { atMs: nowMs, text: alert.sentence, by, ref: ref('alert', alert.id) }
  if (known !== undefined) {
    const incident: Incident = {
      ...known,
      state: 'open',
      severity: severity === 'critical' ? 'critical' : known.severity,
      alertIds: [...known.alertIds, alert.id],
      timeline: [...known.timeline, { ...entry, kind: known.state === 'mitigated' ? 'reopened' : 'alert_fired' }],
      updatedAtMs: nowMs,
    }
    await store.incidents.save(incident)
    judged.audit.push({ object: ref('incident', known.id), before: known, after: incident })
    return incident
  }
  const incident: Incident = {
    id: newId('inc') as Incident['id'], // newId makes it of this kind
    title: incidentTitle(alert),
    class: kind,
    severity,
    state: 'open',
    monitor,
    endpoint,
    alertIds: [alert.id],
    timeline: [{ ...entry, kind: 'opened' }],
    openedAtMs: nowMs,
    updatedAtMs: nowMs,
    resolvedAtMs: null,
  }
  await store.incidents.insert(incident)
  judged.audit.push({ object: ref('incident', incident.id), after: incident })
  judged.events.push(contract.incidentOpened({ id: incident.id, class: kind, monitor, endpoint }))
  return incident
}

async function resolve(making: Making, open: Alert, judged: Judged): Promise<void> {
  const resolved: Alert = { ...open, state: 'resolved', resolvedAtMs: making.nowMs }
  await making.store.alerts.save(resolved)
  judged.audit.push({ object: ref('alert', open.id), before: open, after: resolved })
  // One that never fired told nobody; nobody needs to hear that it is over.
  if (open.firedAtMs === null || open.silenced) return
  judged.events.push(contract.alertResolved(alertPayload(resolved)), ...(await settleIncident(making, resolved)))
}

/** Writes into an alert's incident that the alert is over; when it was the last one, the harm has stopped. */
export async function settleIncident({ store, nowMs, by }: Judging, resolved: Alert): Promise<DomainEvent[]> {
  if (resolved.incidentId === null) return []
  const incident = await store.incidents.find(resolved.incidentId)
  if (incident === undefined || incident.state !== 'open') return []
  const others = (await store.alerts.byIds(incident.alertIds)).filter(
    ({ id, state }) => id !== resolved.id && state !== 'resolved',
  )
  const who = resolved.resolvedBy === null ? 'The windows are fine again' : `${resolved.resolvedBy} resolved it`
  const over = { atMs: nowMs, by, ref: ref('alert', resolved.id) }
  const timeline = [
    ...incident.timeline,
    { ...over, kind: 'alert_resolved' as const, text: `${resolved.rule}: ${who}.` },
  ]
  const { id, class: kind, monitor, endpoint } = incident
  if (others.length > 0) {
    await store.incidents.save({ ...incident, timeline, updatedAtMs: nowMs })
    return []
  }
  const last = {
    atMs: nowMs,
    by,
    kind: 'mitigated' as const,
    text: 'None of its alerts is left. A person says what it was.',
  }
  await store.incidents.save({ ...incident, state: 'mitigated', timeline: [...timeline, last], updatedAtMs: nowMs })
  return [contract.incidentMitigated({ id, class: kind, monitor, endpoint })]
}

/** What events say of an alert. */
export function alertPayload(alert: Alert) {
  const { id, monitor, rule, class: kind, severity, windowId, windowFromMs, windowToMs, endpoint, value, limit } = alert
  return { id, monitor, rule, class: kind, severity, windowId, windowFromMs, windowToMs, endpoint, value, limit }
}

function was(open: Alert | undefined): { before?: Alert } {
  return open === undefined ? {} : { before: open }
}
