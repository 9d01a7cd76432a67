import type { MetricValue, Run } from '../../model/run.ts'
import type { Change, Differences, Figures, MetricChange, PackageChange } from './differences.ts'
import { diffLines } from './diff-lines.ts'
import type { Package, Provenance } from './provenance.ts'

/** A run with how it came about; `patch` is the text of what differed from its commit, undefined where it cannot be read. */
export interface Side {
  readonly run: Run
  readonly provenance: Provenance
  readonly patch: string | undefined
}

const mostPatchLines = 5000

/** Compares two runs. Metrics under `system/` are left out: they describe the machine's minute, not the run's result. */
export function compareRuns(left: Side, right: Side): Differences {
  const params = changes(left.run.params, right.run.params)
  const data = changes(dataOf(left), dataOf(right))
  const packages = comparePackages(left.provenance, right.provenance)
  const metrics = compareMetrics(left.run, right.run)
  return {
    run: headOf(left.run),
    other: headOf(right.run),
    code: changes(codeOf(left), codeOf(right)).changed,
    patch: comparePatches(left.patch ?? '', right.patch ?? ''),
    params: params.changed,
    data: data.changed,
    environment: changes(environmentOf(left.provenance), environmentOf(right.provenance)).changed,
    packages: packages.changed,
    hardware: changes(hardwareOf(left.provenance), hardwareOf(right.provenance)).changed,
    metrics: metrics.changed,
    same: { params: params.same, packages: packages.same, metrics: metrics.same, data: data.same },
    unknown: [...unknownOf(left), ...unknownOf(right)],
  }
}

const headOf = ({ id, name, experiment, status }: Run) => ({ id, name, experiment, status })

type Facts = Readonly<Record<string, string | number | null | undefined>>

function changes(left: Facts, right: Facts): { changed: Change[]; same: number } {
  const fields = [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted()
  const pairs = fields.map((field) => ({ field, run: textOf(left[field]), other: textOf(right[field]) }))
  const changed = pairs.filter(({ run, other }) => run !== other)
  const same = pairs.filter(({ run, other }) => run === other && run !== null).length
  return { changed, same }
}

const textOf = (value: string | number | null | undefined) =>
  value === null || value === undefined ? null : String(value)

function codeOf({ run, provenance: { code, command, entryPoint, workingDirectory } }: Side): Facts {
  const stated = run.code
  return {
    repository: code?.repository ?? stated?.gitRepository,
    commit: code?.commit ?? stated?.gitCommit,
    branch: code?.branch ?? stated?.gitBranch,
    patch: code?.patch?.digest ?? stated?.patchDigest,
    untracked: digestsOf(code?.untracked ?? []),
    'entry point': entryPoint ?? stated?.entryPoint,
    'working directory': workingDirectory,
    command: command?.map(quoted).join(' '),
  }
}

/** Names of files that git does not track, with the start of their digests; null where there are none. */
function digestsOf(files: readonly { path: string; digest: string | null }[]): string | null {
  const list = files.map(({ path, digest }) => `${path} (${digest?.slice(7, 19) ?? 'not read'})`)
  return list.length === 0 ? null : list.join(', ')
}

/** A word as a shell would take it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function dataOf({ run }: Side): Facts {
  const named = Map.groupBy(run.data, ({ name, context }) => `${name.replace(/@[^@]*$/, '')} (${context})`)
  return Object.fromEntries(
    [...named].map(([field, used]) => [field, used.map(({ name, digest }) => `${name} ${digest}`).join(', ')]),
  )
}

function environmentOf({ python, node, container, lockFiles, variables, seeds }: Provenance): Facts {
  const prefixed = (prefix: string, facts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(facts).map(([key, value]) => [`${prefix} ${key}`, value]))
  return {
    python: python?.version,
    'python implementation': python?.implementation,
    node: node?.version,
    container,
    ...Object.fromEntries(lockFiles.map(({ path, digest }) => [path, digest])),
    ...prefixed('variable', variables),
    ...prefixed('seed', seeds),
  }
}

function hardwareOf({ hardware }: Provenance): Facts {
  if (hardware === null) return {}
  const { gpus, memoryBytes, ...rest } = hardware
  const gpu = gpus.map(({ name, driver }) => `${name} (driver ${driver})`).join(', ')
  return { ...rest, 'memory (bytes)': memoryBytes, gpu: gpu === '' ? null : gpu }
}

function comparePackages(left: Provenance, right: Provenance): { changed: PackageChange[]; same: number } {
  const changed: PackageChange[] = []
  let same = 0
  for (const ecosystem of ['python', 'node'] as const) {
    // Where one side knows nothing of it, every package would look added or removed.
    if (left[ecosystem] === null || right[ecosystem] === null) continue
    const found = changes(versionsOf(left[ecosystem].packages), versionsOf(right[ecosystem].packages))
    changed.push(...found.changed.map(({ field, run, other }) => ({ ecosystem, name: field, run, other })))
    same += found.same
  }
  return { changed, same }
}

const versionsOf = (packages: readonly Package[]): Facts =>
  Object.fromEntries(packages.map(({ name, version, source }) => [name, source === null ? version : `${version} (${source})`]))

function compareMetrics(left: Run, right: Run): { changed: MetricChange[]; same: number } {
  const keys = [...new Set([...Object.keys(left.metrics), ...Object.keys(right.metrics)])]
    .filter((key) => !key.startsWith('system/'))
    .toSorted()
  const changed: MetricChange[] = []
  for (const key of keys) {
    const [run, other] = [figuresOf(left, key), figuresOf(right, key)]
    if (run?.last === other?.last && run?.min === other?.min && run?.max === other?.max) continue
    const difference = {
      last: minus(other?.last, run?.last),
      min: minus(other?.min, run?.min),
      max: minus(other?.max, run?.max),
    }
    changed.push({ key, run, other, difference })
  }
  return { changed, same: keys.length - changed.length }
}

function figuresOf(run: Run, key: string): Figures | null {
  const last = run.metrics[key]
  if (last === undefined) return null
  const summary = run.metricSummaries[key]
  return { last, min: summary?.min ?? null, max: summary?.max ?? null }
}

type Figure = MetricValue | null | undefined

function minus(a: Figure, b: Figure): number | null {
  if (typeof a !== 'number' || typeof b !== 'number') return null
  const difference = a - b
  return Number.isFinite(difference) ? difference : null
}

function comparePatches(left: string, right: string): Differences['patch'] {
  if (left === right) return { lines: [], truncated: false }
  const lines = diffLines(linesOf(left), linesOf(right))
  return { lines: lines.slice(0, mostPatchLines), truncated: lines.length > mostPatchLines }
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

function unknownOf({ run, provenance, patch }: Side): string[] {
  const { source, python, code } = provenance
  if (source === 'none') return [`Nothing is recorded of the code and environment of ${run.id}: start runs with "millrace run".`]
  return [
    ...(python?.complete === false
      ? [`Of the packages of ${run.id} only those are known that its model asked for, not all that were installed.`]
      : []),
    ...(code === null ? [`Nothing is recorded of the code of ${run.id}: it ran outside a git repository.`] : []),
    ...(code?.patch !== null && code?.patch !== undefined && patch === undefined
      ? [`The patch of ${run.id} cannot be read any more.`]
      : []),
  ]
}
