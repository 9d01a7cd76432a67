/** What has been acknowledged of a run. */
export interface RunState {
  readonly id: string
  readonly name: string
  readonly params: Map<string, string>
  readonly tags: Map<string, string>
  /** Key → step → value. */
  readonly points: Map<string, Map<number, number>>
  /** Path → what is in the file. */
  readonly artifacts: Map<string, string>
}

export interface Point {
  readonly key: string
  readonly step: number
  readonly value: number
}

/** What one request adds to a run: all of it or nothing. */
export interface Delta {
  readonly params?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  readonly points?: readonly Point[]
  readonly artifact?: { readonly path: string; readonly content: string }
}

/** Points have the time of their step, so that a request that is sent again says the same. */
export const timeOfStep = (step: number) => 1_760_000_000_000 + step * 1000

export function newRunState(id: string, name: string, delta: Delta = {}): RunState {
  const run = { id, name, params: new Map(), tags: new Map(), points: new Map(), artifacts: new Map() }
  addDelta(run, delta)
  return run
}

export function addDelta(run: RunState, { params = {}, tags = {}, points = [], artifact }: Delta): void {
  for (const [key, value] of Object.entries(params)) run.params.set(key, value)
  for (const [key, value] of Object.entries(tags)) run.tags.set(key, value)
  for (const { key, step, value } of points) {
    const steps = run.points.get(key) ?? new Map<number, number>()
    run.points.set(key, steps.set(step, value))
  }
  if (artifact !== undefined) run.artifacts.set(artifact.path, artifact.content)
}

/** Whether what a server has of a run holds all of a delta, nothing of it, or a half. */
export function shareOf(actual: RunState, { params = {}, tags = {}, points = [], artifact }: Delta) {
  const there = [
    ...Object.entries(params).map(([key, value]) => actual.params.get(key) === value),
    ...Object.entries(tags).map(([key, value]) => actual.tags.get(key) === value),
    ...points.map(({ key, step, value }) => actual.points.get(key)?.get(step) === value),
    ...(artifact === undefined ? [] : [actual.artifacts.get(artifact.path) === artifact.content]),
  ]
  if (there.every(Boolean)) return 'all'
  return there.some(Boolean) ? 'half' : 'nothing'
}
