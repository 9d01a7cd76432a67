import type { Command } from '@millrace/terminal'
import { decision, formatNumber, formatTime, listing } from '@millrace/terminal'

interface Monitor {
  name: string
  endpoint: string
  state?: string
}

interface Window {
  fromMs: number
  rows: number
  coverage: number
  drift: { feature: string; drifted: boolean }[]
  performance: { logLoss: number | null; auc: number | null; calibrationGap: number | null } | null
}

interface Alert {
  id: string
  rule: string
  monitor: string
  state: string
  severity: string
  value: number
  limit: number
  firedAtMs: number
}

interface Incident {
  id: string
  title: string
  class: string
  severity: string
  state: string
}

/** `millrace monitors …`, `millrace alerts …`, `millrace incidents …`. */
export const commands: readonly Command[] = [
  listing<Monitor>({
    path: ['monitors', 'list'],
    summary: 'Lists monitors',
    url: '/monitors',
    example: 'millrace monitors list',
    columns: [
      { title: 'Monitor', value: (row) => row.name },
      { title: 'Endpoint', value: (row) => row.endpoint },
    ],
  }),
  listing<Window>({
    path: ['monitors', 'windows'],
    summary: 'Lists the windows of a monitor: rows, drift, performance',
    usage: 'MONITOR',
    url: '/monitors/{0}/windows',
    example: 'millrace monitors windows flight-delay',
    columns: [
      { title: 'From', value: (row) => formatTime(row.fromMs) },
      { title: 'Rows', value: (row) => row.rows, align: 'right' },
      { title: 'Labelled', value: (row) => `${Math.round(row.coverage * 100)}%`, align: 'right' },
      {
        title: 'Drifted',
        value: (row) =>
          row.drift
            .filter((each) => each.drifted)
            .map((each) => each.feature)
            .join(', '),
      },
      { title: 'Log loss', value: (row) => formatNumber(row.performance?.logLoss), align: 'right' },
      { title: 'AUC', value: (row) => formatNumber(row.performance?.auc), align: 'right' },
      { title: 'Calibration gap', value: (row) => formatNumber(row.performance?.calibrationGap), align: 'right' },
    ],
  }),
  listing<Alert>({
    path: ['alerts', 'list'],
    summary: 'Lists alerts, newest first',
    url: '/alerts',
    example: 'millrace alerts list',
    columns: [
      { title: 'Alert', value: (row) => row.id },
      { title: 'Rule', value: (row) => row.rule },
      { title: 'Monitor', value: (row) => row.monitor },
      { title: 'State', value: (row) => row.state },
      { title: 'Value', value: (row) => formatNumber(row.value), align: 'right' },
      { title: 'Limit', value: (row) => formatNumber(row.limit), align: 'right' },
    ],
  }),
  ...(['acknowledge', 'resolve', 'silence'] as const).map((act) =>
    decision({
      path: ['alerts', act],
      summary: {
        acknowledge: 'Says that somebody looks at an alert',
        resolve: 'Closes an alert',
        silence: 'Keeps an alert quiet',
      }[act],
      usage: 'ALERT-ID',
      url: `/alerts/{0}/${act}`,
      reason: 'none',
      example: `millrace alerts ${act} alr_…`,
      said: (answer) => `The alert is ${String(answer['state'])}.`,
    }),
  ),
  listing<Incident>({
    path: ['incidents', 'list'],
    summary: 'Lists incidents, newest first',
    url: '/incidents',
    example: 'millrace incidents list',
    columns: [
      { title: 'Incident', value: (row) => row.id },
      { title: 'Title', value: (row) => row.title },
      { title: 'Class', value: (row) => row.class },
      { title: 'Severity', value: (row) => row.severity },
      { title: 'State', value: (row) => row.state },
    ],
  }),
  ...(['mitigate', 'resolve', 'review'] as const).map((act) =>
    decision({
      path: ['incidents', act],
      summary: {
        mitigate: 'Says that harm has stopped',
        resolve: 'Closes an incident with its cause',
        review: 'Records what was learnt',
      }[act],
      usage: 'INCIDENT-ID',
      url: `/incidents/{0}/${act}`,
      reason: 'required',
      reasonField: 'note',
      example: `millrace incidents ${act} inc_… --reason "the feed sends miles again"`,
      said: (answer) => `The incident is ${String(answer['state'])}.`,
    }),
  ),
]
