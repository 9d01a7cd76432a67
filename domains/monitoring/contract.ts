import { endpoint, EpochMs, event, id, Name, page, PageQuery, problems, ref } from '@millrace/contract'
import { z } from 'zod'
import { Alert, AlertState } from './model/alert.ts'
import { AlertClass, AlertRuleSpec, RuleMetric, Severity } from './model/alert-rule.ts'
import { Incident, IncidentState, TimelineEntry } from './model/incident.ts'
import { MonitorSpec } from './model/monitor-spec.ts'
import {
  DriftFigure,
  Histogram,
  Performance,
  QualityCheck,
  WindowDeployment,
  WindowFigures,
} from './model/window-figures.ts'

export { Alert, AlertClass, AlertRuleSpec, AlertState, DriftFigure, Histogram, Incident, IncidentState, MonitorSpec }
export { Performance, QualityCheck, RuleMetric, Severity, TimelineEntry, WindowDeployment, WindowFigures }

/** The data set version that windows are compared with, as it was resolved when the monitor was put. */
export const MonitorReference = z.object({ versionId: z.string(), dataset: z.string(), version: z.string() })
export type MonitorReference = z.infer<typeof MonitorReference>

/** A monitor and how it stands. `state` is the worst of its unresolved alerts; `no_data` before the first window. */
export const Monitor = z.object({
  id: id('monitor'),
  name: Name,
  endpoint: z.string(),
  reference: MonitorReference,
  state: z.enum(['no_data', 'ok', 'pending', 'firing']),
  lastWindow: z
    .object({ id: z.string(), fromMs: EpochMs, toMs: EpochMs, rows: z.int(), coverage: z.number() })
    .nullable(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  spec: MonitorSpec,
})
export type Monitor = z.infer<typeof Monitor>

/** A closed window. `revision` counts how often late labels or rows changed it; `coverage` = labelled / rows. */
export const MonitorWindow = WindowFigures.extend({
  id: id('window'),
  monitor: z.string(),
  coverage: z.number(),
  revision: z.int(),
  closedAtMs: EpochMs,
  measuredAtMs: EpochMs,
  /** Only where one window is asked for. */
  histograms: z.record(z.string(), Histogram).optional(),
})
export type MonitorWindow = z.infer<typeof MonitorWindow>

export const AlertRule = z.object({
  id: id('alert-rule'),
  name: Name,
  monitor: z.string(),
  /** Until when (wall clock) its alerts tell nobody. */
  silencedUntilMs: EpochMs.nullable(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  spec: AlertRuleSpec,
})
export type AlertRule = z.infer<typeof AlertRule>

/** Every way this domain says no. */
export const problem = problems('monitoring', {
  'monitor-not-found': {
    status: 404,
    say: (p: { name: string }) => `There is no monitor "${p.name}". Make it with PUT /monitors/{name}.`,
  },
  'rule-not-found': { status: 404, say: (p: { name: string }) => `There is no alert rule "${p.name}".` },
  'window-not-found': { status: 404, say: (p: { id: string }) => `There is no window ${p.id}.` },
  'alert-not-found': { status: 404, say: (p: { id: string }) => `There is no alert ${p.id}.` },
  'incident-not-found': { status: 404, say: (p: { id: string }) => `There is no incident ${p.id}.` },
  'no-such-column': {
    status: 400,
    say: (p: { column: string; columns: string }) =>
      `The reference has no column "${p.column}". Its columns are ${p.columns}.`,
  },
  'no-features': {
    status: 422,
    say: (p: { monitor: string; inputs: string }) =>
      `The monitor "${p.monitor}" finds no input that its reference has a column for. The inputs that were logged are ${p.inputs}. Name the reference's columns after them, or the features in the monitor.`,
  },
  'no-such-output': {
    status: 422,
    say: (p: { output: string; outputs: string }) =>
      `The logged predictions have no output "${p.output}". The outputs are ${p.outputs}; put the right one into the monitor's label.output.`,
  },
  'no-limit': {
    status: 400,
    say: (p: { metric: string }) => `A rule on ${p.metric} needs a limit: set "above" or "below".`,
  },
  'not-firing': {
    status: 409,
    say: (p: { id: string; state: string; verb: string }) => `The alert ${p.id} is ${p.state}; it cannot be ${p.verb}.`,
  },
  'incident-state': {
    status: 409,
    say: (p: { id: string; state: string; allowed: string }) =>
      `The incident ${p.id} is ${p.state}; this needs one that is ${p.allowed}.`,
  },
})

const read = 'monitoring:read'
const write = 'monitoring:write'
const monitorNamed = (input: { name: string }) => ref('monitor', input.name)
const ByName = z.object({ name: Name })
const Span = { fromMs: z.coerce.number().int().optional(), toMs: z.coerce.number().int().optional() }

export const putMonitor = endpoint({
  name: 'monitoring.put-monitor',
  method: 'PUT',
  path: '/monitors/{name}',
  summary: 'Declares a monitor; the same spec again changes nothing',
  needs: { permission: write, on: monitorNamed },
  input: MonitorSpec.extend({ name: Name }),
  output: Monitor,
  problems: [problem['no-such-column']],
})

export const readMonitor = endpoint({
  name: 'monitoring.read-monitor',
  method: 'GET',
  path: '/monitors/{name}',
  summary: 'Reads a monitor and how it stands',
  needs: { permission: read, on: monitorNamed },
  input: ByName,
  output: Monitor,
  problems: [problem['monitor-not-found']],
})

export const listMonitors = endpoint({
  name: 'monitoring.list-monitors',
  method: 'GET',
  path: '/monitors',
  summary: 'Lists monitors by name',
  needs: { permission: read },
  input: PageQuery,
  output: page(Monitor),
})

/** Closes the windows that are complete by the watermark, or end by `untilMs`, and follows late labels. */
export const evaluateMonitor = endpoint({
  name: 'monitoring.evaluate-monitor',
  method: 'POST',
  path: '/monitors/{name}/evaluation',
  summary: 'Measures what is due now',
  needs: { permission: write, on: monitorNamed },
  input: ByName.extend({ untilMs: EpochMs.optional() }),
  output: z.object({
    /** Windows that closed now, oldest first, and those that changed by late labels or rows. */
    windows: z.array(z.string()),
    remeasured: z.array(z.string()),
    /** Alerts that began to fire now. */
    alerts: z.array(z.string()),
    watermarkMs: EpochMs.nullable(),
  }),
  problems: [problem['monitor-not-found'], problem['no-features'], problem['no-such-output']],
})

export const listWindows = endpoint({
  name: 'monitoring.list-windows',
  method: 'GET',
  path: '/monitors/{name}/windows',
  summary: 'Lists the closed windows of a monitor, newest first',
  needs: { permission: read, on: monitorNamed },
  input: PageQuery.extend({ name: Name, ...Span }),
  output: page(MonitorWindow),
  problems: [problem['monitor-not-found']],
})

export const readWindow = endpoint({
  name: 'monitoring.read-window',
  method: 'GET',
  path: '/windows/{id}',
  summary: 'Reads a window with its histograms',
  needs: { permission: read, on: (input) => ref('window', input.id) },
  input: z.object({ id: id('window') }),
  output: MonitorWindow,
  problems: [problem['window-not-found']],
})

/** Not an address: the transaction at the end of a measurement. `sources` tells which files were read. */
export const recordWindow = endpoint({
  name: 'monitoring.record-window',
  method: 'POST',
  path: '/monitors/{name}/recorded-windows',
  summary: 'Records a measured window and judges it by the rules',
  needs: { permission: write, on: monitorNamed },
  input: ByName.extend({ figures: WindowFigures, sources: z.string().max(512), referenceVersionId: z.string() }),
  output: z.object({
    id: z.string(),
    change: z.enum(['closed', 'remeasured', 'unchanged']),
    fired: z.array(z.string()),
  }),
  problems: [problem['monitor-not-found']],
})

export const putAlertRule = endpoint({
  name: 'monitoring.put-alert-rule',
  method: 'PUT',
  path: '/alert-rules/{name}',
  summary: 'Declares an alert rule; the same spec again changes nothing',
  needs: { permission: write },
  input: AlertRuleSpec.extend({ name: Name }),
  output: AlertRule,
  problems: [problem['monitor-not-found'], problem['no-limit']],
})

export const readAlertRule = endpoint({
  name: 'monitoring.read-alert-rule',
  method: 'GET',
  path: '/alert-rules/{name}',
  summary: 'Reads an alert rule',
  needs: { permission: read },
  input: ByName,
  output: AlertRule,
  problems: [problem['rule-not-found']],
})

export const listAlertRules = endpoint({
  name: 'monitoring.list-alert-rules',
  method: 'GET',
  path: '/alert-rules',
  summary: 'Lists alert rules by name',
  needs: { permission: read },
  input: PageQuery.extend({ monitor: Name.optional() }),
  output: page(AlertRule),
})

export const deleteAlertRule = endpoint({
  name: 'monitoring.delete-alert-rule',
  method: 'DELETE',
  path: '/alert-rules/{name}',
  summary: 'Deletes an alert rule and resolves its alert',
  needs: { permission: write },
  input: ByName,
  output: z.object({}),
  problems: [problem['rule-not-found']],
})

const onAlert = { permission: write, on: (input: { id: string }) => ref('alert', input.id) } as const
const AlertById = z.object({ id: id('alert') })

export const listAlerts = endpoint({
  name: 'monitoring.list-alerts',
  method: 'GET',
  path: '/alerts',
  summary: 'Lists alerts, newest first',
  needs: { permission: read },
  input: PageQuery.extend({ monitor: Name.optional(), state: AlertState.optional(), class: AlertClass.optional() }),
  output: page(Alert),
})

export const readAlert = endpoint({
  name: 'monitoring.read-alert',
  method: 'GET',
  path: '/alerts/{id}',
  summary: 'Reads an alert',
  needs: { permission: read, on: (input) => ref('alert', input.id) },
  input: AlertById,
  output: Alert,
  problems: [problem['alert-not-found']],
})

const alertVerb = (verb: string, summary: string) =>
  endpoint({
    name: `monitoring.${verb}-alert`,
    method: 'POST',
    path: `/alerts/{id}/${verb}`,
    summary,
    needs: onAlert,
    input: AlertById.extend({ reason: z.string().max(2000).optional() }),
    output: Alert,
    problems: [problem['alert-not-found'], problem['not-firing']],
  })
export const acknowledgeAlert = alertVerb('acknowledge', 'Says that somebody looks at it')
export const resolveAlert = alertVerb('resolve', 'Closes it; the windows up to now are dealt with')

/** Silences the alert and its rule: windows are judged, alerts kept, and nobody is told. */
export const silenceAlert = endpoint({
  name: 'monitoring.silence-alert',
  method: 'POST',
  path: '/alerts/{id}/silence',
  summary: 'Keeps an alert and its rule quiet for a while (wall clock)',
  needs: onAlert,
  input: AlertById.extend({
    forMs: z
      .int()
      .min(1000)
      .max(366 * 86_400_000)
      .default(86_400_000),
    reason: z.string().max(2000).optional(),
  }),
  output: Alert,
  problems: [problem['alert-not-found'], problem['not-firing']],
})

export const listIncidents = endpoint({
  name: 'monitoring.list-incidents',
  method: 'GET',
  path: '/incidents',
  summary: 'Lists incidents, newest first',
  needs: { permission: read },
  input: PageQuery.extend({
    monitor: Name.optional(),
    endpoint: Name.optional(),
    state: IncidentState.optional(),
    class: AlertClass.optional(),
  }),
  output: page(Incident),
})

export const readIncident = endpoint({
  name: 'monitoring.read-incident',
  method: 'GET',
  path: '/incidents/{id}',
  summary: 'Reads an incident with its timeline',
  needs: { permission: read, on: (input) => ref('incident', input.id) },
  input: z.object({ id: id('incident') }),
  output: Incident,
  problems: [problem['incident-not-found']],
})

const incidentVerb = (verb: string, summary: string) =>
  endpoint({
    name: `monitoring.${verb}-incident`,
    method: 'POST',
    path: `/incidents/{id}/${verb}`,
    summary,
    needs: { permission: write, on: (input) => ref('incident', input.id) },
    input: z.object({ id: id('incident'), note: z.string().min(1).max(10_000) }),
    output: Incident,
    problems: [problem['incident-not-found'], problem['incident-state']],
  })
export const mitigateIncident = incidentVerb('mitigate', 'Says that the harm has stopped')
export const resolveIncident = incidentVerb('resolve', 'Closes an incident with its cause')
export const reviewIncident = incidentVerb('review', 'Records what was learnt')

const WindowEvent = z.object({ id: z.string(), monitor: z.string(), fromMs: EpochMs, toMs: EpochMs })
export const windowClosed = event('monitoring.window.closed', WindowEvent)
/** Late labels or rows changed a window's figures. */
export const windowRemeasured = event('monitoring.window.remeasured', WindowEvent)

const AlertEvent = z.object({
  id: z.string(),
  monitor: z.string(),
  rule: z.string(),
  class: AlertClass,
  severity: Severity,
  windowId: z.string(),
  windowFromMs: EpochMs,
  windowToMs: EpochMs,
  endpoint: z.string(),
  value: z.number(),
  limit: z.number(),
})
export const alertFired = event('monitoring.alert.fired', AlertEvent)
export const alertResolved = event('monitoring.alert.resolved', AlertEvent)

const IncidentEvent = z.object({ id: z.string(), class: AlertClass, monitor: z.string(), endpoint: z.string() })
export const incidentOpened = event('monitoring.incident.opened', IncidentEvent)
export const incidentMitigated = event('monitoring.incident.mitigated', IncidentEvent)
export const incidentResolved = event('monitoring.incident.resolved', IncidentEvent)
