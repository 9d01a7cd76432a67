import { rm } from 'node:fs/promises'
import type { CallContext, Domain, Runtime } from '@millrace/kernel'
import { deleteAlertRule } from './actions/delete-alert-rule.ts'
import { nodeKinds, resources } from './actions/describe-nodes.ts'
import { putAlertRule } from './actions/put-alert-rule.ts'
import { putMonitor } from './actions/put-monitor.ts'
import { listAlertRules, readAlertRule } from './actions/read-alert-rules.ts'
import { listAlerts, readAlert } from './actions/read-alerts.ts'
import { listIncidents, readIncident } from './actions/read-incidents.ts'
import { listMonitors, readMonitor } from './actions/read-monitors.ts'
import { listWindows, readWindow } from './actions/read-windows.ts'
import { acknowledgeAlert, resolveAlert, silenceAlert } from './actions/steer-alert.ts'
import { mitigateIncident, resolveIncident, reviewIncident } from './actions/steer-incident.ts'
import { evaluateMonitor } from './contract.ts'
import { routes } from './http/routes.ts'
import type { Evaluation } from './jobs/evaluate-monitor.ts'
import { MonitorEvaluator } from './jobs/monitor-evaluator.ts'
import { createMonitoringTools } from './jobs/monitoring-tools.ts'
import type { PredictionSource } from './jobs/prediction-source.ts'
import * as createMonitoringTables from './store/migrations/0001-create-monitoring.ts'

export { listAlerts, readAlert } from './actions/read-alerts.ts'
export { listIncidents, readIncident } from './actions/read-incidents.ts'
export { listMonitors, readMonitor } from './actions/read-monitors.ts'
export { listWindows, readWindow } from './actions/read-windows.ts'
export { putAlertRule } from './actions/put-alert-rule.ts'
export { putMonitor } from './actions/put-monitor.ts'
export { acknowledgeAlert, resolveAlert } from './actions/steer-alert.ts'
export type { Evaluation } from './jobs/evaluate-monitor.ts'
export type { PredictionFiles, PredictionSource } from './jobs/prediction-source.ts'

export interface MonitoringOptions {
  /** Where predictions and their ground truth are read; model-serving fits. */
  readonly predictions: PredictionSource
  /** How often the chore looks whether something moved; default 2 s. */
  readonly everyMs?: number
}

/** Monitoring's manifest, with what other domains use in process. */
export interface Monitoring extends Domain {
  /** Measures what is due of a monitor now; what `POST /monitors/{name}/evaluation` does, without its permission check. */
  evaluate(context: CallContext, input: { name: string; untilMs?: number }): Promise<Evaluation>
}

/** Monitoring: is it still right? Windows of event time against a reference, with late ground truth. */
export function createMonitoring(runtime: Runtime, options: MonitoringOptions): Monitoring {
  const tools = createMonitoringTools(runtime, options.predictions)
  const evaluator = new MonitorEvaluator(tools)
  let stopListening = () => {}
  return {
    name: 'monitoring',
    migrations: { '0001-create-monitoring': createMonitoringTables },
    operations: [
      putMonitor,
      readMonitor,
      listMonitors,
      listWindows,
      readWindow,
      putAlertRule,
      readAlertRule,
      listAlertRules,
      deleteAlertRule,
      listAlerts,
      readAlert,
      acknowledgeAlert,
      resolveAlert,
      silenceAlert,
      listIncidents,
      readIncident,
      mitigateIncident,
      resolveIncident,
      reviewIncident,
    ],
    nodeKinds,
    resources,
    chores: [{ name: 'monitoring.evaluate', everyMs: options.everyMs ?? 2000, run: () => evaluator.round() }],
    documented: [evaluateMonitor],
    routes: (app) => routes(app, runtime, evaluator),
    start: async () => {
      // What a crash left half measured is measured again.
      await rm(tools.workFolder, { recursive: true, force: true })
      stopListening = runtime.hub.listen((message) => {
        if (message.kind !== 'signal' || message.signal.source.kind !== 'endpoint') return
        evaluator.labelsCame(message.signal.workspace)
      })
    },
    stop: async () => {
      stopListening()
      await evaluator.stop()
    },
    evaluate: (context, input) => evaluator.evaluate(context, input),
  }
}
