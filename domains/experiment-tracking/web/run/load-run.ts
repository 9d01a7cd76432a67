import type { ArtifactEntry, Run } from '@millrace/experiment-tracking/contract'
import { loadThread } from '@millrace/lineage/web'
import type { Api } from '@millrace/ui/data'
import { dayAndClock, duration, score } from '@millrace/ui/format'
import type { Figure, IconName, Sentence, State } from '@millrace/ui/parts'
import { href, type ThreadStop } from '@millrace/ui/shell'
import { judgedMetric } from '../judged-metric.ts'
import { loadSeries } from '../load-curves.ts'
import { type RunRow } from '../load-experiment.ts'
import { runRow, runStatus } from '../run-row.ts'
import { metricKeys } from '../run-table.ts'

export interface RunView {
  id: string
  name: string
  experiment: string
  slot: number
  state: State
  status: string
  /** "by maya, 2 Dec 03:04, took 58 min". */
  facts: string
  thread: readonly ThreadStop[]
  /** The few figures that say whether it is good. */
  figures: readonly Figure[]
  charts: readonly RunChart[]
  /** Every metric's summary, kept up to date as it is written. */
  metrics: readonly MetricRow[]
  /** Where every point of every metric is given as a file. */
  exports: readonly { name: string; url: string }[]
  /** The runs that are part of it. */
  children: readonly RunRow[]
  params: readonly { name: string; value: string }[]
  context: readonly (readonly [name: string, value: Sentence])[]
  artifacts: readonly { path: string; sizeBytes: number; icon: IconName; url: string }[]
  usedBy: readonly { icon: IconName; name: string; to: string; fact: string }[]
  /** What the run's main act is: open the version it made. */
  opens: { name: string; to: string } | null
}

export interface RunChart {
  metric: string
  last: number | null
  /** Points on the server. */
  total: number
  x: readonly number[]
  y: readonly (number | null)[]
}

/** A metric over all of its points. NaN is in none of the figures but `last`. */
export interface MetricRow {
  name: string
  /** As text where it is no number that JSON has: NaN, Infinity. */
  last: number | string | null
  min: number | null
  max: number | null
  /** Where least and greatest were reached first. */
  minStep: number | null
  maxStep: number | null
  mean: number | null
  points: number
}

/** What this page reads of the registry's versions, which are a later domain's. */
interface VersionOfRun {
  model: string
  version: number
  approval: string
  aliases: readonly string[]
}

export const runTopics = [
  'experiment-tracking.run',
  'experiment-tracking.log-run',
  'experiment-tracking.log-inputs',
  'model-registry.version',
] as const

const MOST_CHARTS = 24
const MOST_FIGURES = 6
const MOST_CHILDREN = 500

export async function loadRun(api: Api, id: string, signal: AbortSignal): Promise<RunView> {
  const at = `runs/${encodeURIComponent(id)}`
  const [run, artifacts, versions, thread] = await Promise.all([
    api.get<Run>(at, { signal }),
    api.get<{ items: readonly ArtifactEntry[] }>(`${at}/artifacts`, { query: { recursive: true }, signal }),
    api.get<{ items: readonly VersionOfRun[] }>('model-versions', { query: { runId: id }, signal }),
    loadThread(api, 'run', id, signal),
  ])
  const row = runRow(run)
  const series = metricKeys([row], judgedMetric([row])?.metric ?? null).filter((key) => (row.points[key] ?? 0) > 1)
  const children = await loadChildren(api, run, signal)
  const curves = await loadSeries(api, [id], series.slice(0, MOST_CHARTS), signal)
  const charts = curves.map(({ metric, total, x, y }) => ({ metric, last: row.metrics[metric] ?? null, total, x, y }))
  return {
    ...runHead(run, Date.now()),
    thread,
    charts,
    exports: ['csv', 'parquet'].map((format) => ({
      name: format === 'csv' ? 'CSV' : 'Parquet',
      url: api.url(`${at}/metrics-export`, { format }),
    })),
    children,
    artifacts: artifacts.items
      .filter((entry) => !entry.isFolder)
      .map((entry) => ({
        path: entry.path,
        sizeBytes: entry.sizeBytes ?? 0,
        icon: iconOf(entry.path),
        url: api.url(`${at}/artifacts/${entry.path.split('/').map(encodeURIComponent).join('/')}`),
      })),
    usedBy: versions.items.map((version) => ({
      icon: 'model',
      name: `${version.model} v${version.version}`,
      to: versionPath(version),
      fact: version.aliases.join(', ') || (version.approval === 'none' ? '' : version.approval),
    })),
    opens: versions.items[0] === undefined ? null : opens(versions.items[0]),
  }
}

async function loadChildren(api: Api, run: Run, signal: AbortSignal): Promise<RunRow[]> {
  const search = { experiments: [run.experiment], query: `parent = '${run.id}'`, limit: MOST_CHILDREN }
  const { items } = await api.post<{ items: readonly Run[] }>('runs/search', search, { signal })
  return items.map(runRow)
}

/** Everything of the page that the run itself says. */
export function runHead(
  run: Run,
  nowMs: number,
): Omit<RunView, 'thread' | 'charts' | 'exports' | 'children' | 'artifacts' | 'usedBy' | 'opens'> {
  const row = runRow(run)
  const took = row.tookMs === null ? '' : `, took ${duration(row.tookMs)}`
  return {
    id: run.id,
    name: run.name,
    experiment: run.experiment,
    slot: 1,
    ...runStatus(run.status),
    facts: `by ${run.createdBy.startsWith('jobs/') ? 'a pipeline step' : run.createdBy}, ${dayAndClock(row.startedAtMs, nowMs)}${took}`,
    figures: metricKeys([row], judgedMetric([row])?.metric ?? null)
      .slice(0, MOST_FIGURES)
      .map((key) => ({ label: key, value: score(row.metrics[key]) })),
    metrics: metricRows(run),
    params: Object.entries(run.params).map(([name, value]) => ({ name, value })),
    context: contextOf(run),
  }
}

function metricRows(run: Run): MetricRow[] {
  const rows = Object.entries(run.metricSummaries).map(([name, { points, min, max, minStep, maxStep, mean }]) => {
    return { name, last: run.metrics[name] ?? null, min: finite(min), max: finite(max), minStep, maxStep, mean, points }
  })
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function finite(value: number | string | null): number | null {
  return value === null || !Number.isFinite(Number(value)) ? null : Number(value)
}

function contextOf(run: Run): (readonly [string, Sentence])[] {
  const code = run.code
  const said: (readonly [string, Sentence | undefined])[] = [
    ['Commit', commitOf(run)],
    ['Branch', code?.gitBranch === undefined ? undefined : [code.gitBranch]],
    ['Code', code?.filesDigest === undefined ? undefined : [{ text: shortDigest(code.filesDigest), mono: true }]],
    ['Entry', code?.entryPoint === undefined ? undefined : [{ text: code.entryPoint, mono: true }]],
    [
      'Part of',
      run.parentRunId === null ? undefined : [{ text: run.parentRunId.slice(0, 8), to: `/r/${run.parentRunId}` }],
    ],
  ]
  const data = run.data.map(
    (each) =>
      [
        `Data${each.context === '' ? '' : `, ${each.context}`}`,
        [
          each.versionId === null
            ? each.name
            : { text: each.name, to: href('lineage', 'dataset-version', each.versionId) },
        ],
      ] as const,
  )
  const tags = Object.entries(run.tags)
    .filter(([key]) => !key.startsWith('mlflow.'))
    .slice(0, 12)
    .map(([key, value]) => [key, [tagValue(value)]] as const)
  return [...said.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])), ...data, ...tags]
}

function commitOf({ code }: Run): Sentence | undefined {
  if (code?.gitCommit === undefined) return undefined
  return [{ text: code.gitCommit.slice(0, 7), mono: true }, code.dirty === true ? ' with changes' : ' clean tree']
}

// A value that is an id of ours leads to what it names.
function tagValue(value: string): Sentence[number] {
  return /^[a-z]{2,5}_[0-9a-z]{20,}$/.test(value) ? { text: value, to: `/r/${value}`, mono: true } : value
}

function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12)
}

function versionPath({ model, version }: VersionOfRun): string {
  return `${href('models', model)}?version=${version}`
}

function opens(version: VersionOfRun): { name: string; to: string } {
  return { name: `${version.model} v${version.version}`, to: versionPath(version) }
}

function iconOf(path: string): IconName {
  if (/\.(onnx|pkl|pt|safetensors)$/.test(path)) return 'model'
  if (/\.(parquet|csv)$/.test(path)) return 'dataset'
  return /\.(py|ts|js|yaml|json)$/.test(path) ? 'code' : 'file'
}
