import type { Ask } from '../../journeys/ask.ts'
import type { RunState } from './run-state.ts'
import { timeOfStep } from './run-state.ts'

interface Summary {
  readonly step: number
  readonly timestampMs: number
  readonly points: number
  readonly min: number
  readonly max: number
  readonly first: number
  readonly mean: number
}

interface RunAnswer {
  readonly name: string
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number>>
  readonly metricSummaries: Readonly<Record<string, Summary>>
}

/** What a server has of a run, with the faults that it shows by itself: aggregates or points that do not add up. */
export interface ReadRun {
  readonly state: RunState
  readonly faults: readonly string[]
}

/** Reads a run with every point of every metric and the named files; undefined where there is no such run. */
export async function readRun(
  ask: Ask,
  url: string,
  id: string,
  paths: Iterable<string>,
): Promise<ReadRun | undefined> {
  const found = await ask(url, 'GET', `/runs/${id}`)
  if (found.status === 404) return undefined
  const run = found.json<RunAnswer>()
  const faults: string[] = []
  const points = new Map<string, Map<number, number>>()
  for (const [key, last] of Object.entries(run.metrics)) {
    const history = await historyOf(ask, url, id, key)
    points.set(key, new Map(history.map(({ step, value }) => [step, value])))
    const fault = pointsFault(history) ?? summaryFault(history, last, run.metricSummaries[key])
    if (fault !== undefined) faults.push(`${key}: ${fault}`)
  }
  const artifacts = new Map<string, string>()
  for (const path of paths) {
    const file = await ask(url, 'GET', `/runs/${id}/artifacts/${path}`)
    if (file.status === 200) artifacts.set(path, file.text)
  }
  const { name } = run
  const [params, tags] = [new Map(Object.entries(run.params)), new Map(Object.entries(run.tags))]
  return { state: { id, name, params, tags, points, artifacts }, faults }
}

type History = readonly { readonly step: number; readonly value: number; readonly timestampMs: number }[]

async function historyOf(ask: Ask, url: string, id: string, key: string): Promise<History> {
  const points: History[number][] = []
  let more = ''
  for (;;) {
    const answer = await ask(url, 'GET', `/runs/${id}/metrics/${key}?limit=1000${more}`)
    if (answer.status !== 200) throw new Error(`The history of ${key} was answered ${answer.status}: ${answer.text}`)
    const page = answer.json<{ points: History; nextPageToken?: string }>()
    points.push(...page.points)
    if (page.nextPageToken === undefined) return points
    more = `&pageToken=${encodeURIComponent(page.nextPageToken)}`
  }
}

function pointsFault(history: History): string | undefined {
  const steps = new Set(history.map(({ step }) => step))
  if (steps.size !== history.length) return `${history.length} points have ${steps.size} steps: some are there twice`
  const strange = history.find(({ step, timestampMs }) => timestampMs !== timeOfStep(step))
  return strange === undefined ? undefined : `step ${strange.step} has the time ${strange.timestampMs}`
}

/** Compares what is kept of a metric with what its points say. */
function summaryFault(history: History, last: number, summary: Summary | undefined): string | undefined {
  const values = history.map(({ value }) => value)
  const inOrder = history.toSorted((a, b) => a.step - b.step)
  const expected = {
    last: inOrder.at(-1)?.value,
    step: inOrder.at(-1)?.step,
    points: history.length,
    min: Math.min(...values),
    max: Math.max(...values),
    first: inOrder[0]?.value,
  }
  const { step, points, min, max, first, mean } = summary ?? {}
  const kept = { last, step, points, min, max, first }
  if (JSON.stringify(kept) !== JSON.stringify(expected))
    return `aggregates ${JSON.stringify(kept)}, by its points ${JSON.stringify(expected)}`
  const average = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.abs((mean ?? Number.NaN) - average) <= 1e-9 ? undefined : `mean ${mean}, by its points ${average}`
}

/** The differences between what was acknowledged of a run and what a server has. */
export function differences(wanted: RunState, actual: RunState): string[] {
  return [
    ...(wanted.name === actual.name ? [] : [`its name is ${actual.name}`]),
    ...mapFaults('param', wanted.params, actual.params),
    ...mapFaults('tag', wanted.tags, actual.tags),
    ...mapFaults('file', wanted.artifacts, actual.artifacts),
    ...mapFaults('metric', flat(wanted.points), flat(actual.points)),
  ]
}

function flat(points: RunState['points']): Map<string, number> {
  return new Map([...points].flatMap(([key, steps]) => [...steps].map(([step, value]) => [`${key}@${step}`, value])))
}

function mapFaults<V>(what: string, wanted: ReadonlyMap<string, V>, actual: ReadonlyMap<string, V>): string[] {
  const lost = [...wanted].filter(([key, value]) => actual.get(key) !== value)
  const strange = [...actual.keys()].filter((key) => !wanted.has(key))
  return [
    ...lost.map(([key, value]) => `${what} ${key} is ${String(actual.get(key))}, not ${String(value)}`),
    ...strange.map((key) => `${what} ${key} was never acknowledged`),
  ]
}
