import type { MetricValue, Run } from '../../model/run.ts'
import type { Change, Differences, Figures, MetricChange, PackageChange } from './differences.ts'
import { diffLines } from './diff-lines.ts'
import type { CodeState, Package, Provenance } from './provenance.ts'

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
  const bothSeen = [left, right].every(({ provenance }) => provenance.source === 'launcher')
  // Where nobody looked, nothing is no difference but not known.
  const seen = (found: Change[]) =>
    bothSeen ? found : found.filter(({ run, other }) => run !== null && other !== null)
  return {
    run: headOf(left.run),
    other: headOf(right.run),
    code: seen(changes(codeOf(left), codeOf(right)).changed),
    patch: comparePatches(bothSeen ? left.patch : undefined, bothSeen ? right.patch : undefined),
    params: params.changed,
    data: data.changed,
    environment: seen(changes(environmentOf(left.provenance), environmentOf(right.provenance)).changed),
    packages: packages.changed,
    hardware: seen(changes(hardwareOf(left.provenance), hardwareOf(right.provenance)).changed),
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

function codeOf({ run, provenance }: Side): Facts {
  const { code, command, entryPoint, workingDirectory } = provenance
  return {
    ...statedCode(run.code),
    ...(code === null ? {} : capturedCode(code)),
    ...(entryPoint === null ? {} : { 'entry point': entryPoint }),
    'working directory': workingDirectory,
    command: command?.map(quoted).join(' '),
  }
}

/** What was said of the code when the run was made. */
function statedCode(code: Run['code']): Facts {
  return {
    repository: code?.gitRepository,
    commit: code?.gitCommit,
    branch: code?.gitBranch,
    patch: code?.patchDigest,
    'entry point': code?.entryPoint,
  }
}

function capturedCode({ repository, commit, branch, patch, untracked }: CodeState): Facts {
  return { repository, commit, branch, patch: patch?.digest, untracked: digestsOf(untracked) }
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
    const [run, other] = [packagesOf(left, ecosystem), packagesOf(right, ecosystem)]
    // Where one side knows nothing of it, every package would look added or removed.
    if (run === undefined || other === undefined) continue
    const found = changes(within(run, other), within(other, run))
    changed.push(...found.changed.map(({ field, ...versions }) => ({ ecosystem, name: field, ...versions })))
    same += found.same
  }
  return { changed, same }
}

interface KnownPackages {
  readonly versions: Facts
  readonly isComplete: boolean
}

function packagesOf({ python, node }: Provenance, ecosystem: 'python' | 'node'): KnownPackages | undefined {
  if (ecosystem === 'python') {
    return python === null
      ? undefined
      : { versions: versionsOf(python.packages, pythonName), isComplete: python.complete }
  }
  return node === null ? undefined : { versions: versionsOf(node.packages, (name) => name), isComplete: true }
}

/** The packages that the other side would name too if it had them. */
function within({ versions }: KnownPackages, other: KnownPackages): Facts {
  if (other.isComplete) return versions
  return Object.fromEntries(Object.entries(versions).filter(([name]) => Object.hasOwn(other.versions, name)))
}

/** PyPI's names are the same in any case, and with any of `-_.`. */
const pythonName = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

function versionsOf(packages: readonly Package[], nameOf: (name: string) => string): Facts {
  return Object.fromEntries(
    packages.map(({ name, version, source }) => [nameOf(name), source === null ? version : `${version} (${source})`]),
  )
}

function compareMetrics(left: Run, right: Run): { changed: MetricChange[]; same: number } {
  const keys = [...new Set([...Object.keys(left.metrics), ...Object.keys(right.metrics)])]
    .filter((key) => !key.startsWith('system/'))
    .toSorted()
  const pairs = keys.map((key) => ({ key, run: figuresOf(left, key), other: figuresOf(right, key) }))
  const changed = pairs.filter(({ run, other }) => figures.some((figure) => run?.[figure] !== other?.[figure]))
  return {
    changed: changed.map((pair) => ({ ...pair, difference: gapOf(pair.run, pair.other) })),
    same: keys.length - changed.length,
  }
}

const figures = ['last', 'min', 'max'] as const

function gapOf(run: Figures | null, other: Figures | null): MetricChange['difference'] {
  const gap = (figure: keyof Figures) => minus(other?.[figure], run?.[figure])
  return { last: gap('last'), min: gap('min'), max: gap('max') }
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

function comparePatches(left: string | undefined, right: string | undefined): Differences['patch'] {
  if (left === undefined || right === undefined || left === right) return { lines: [], truncated: false }
  const lines = diffLines(linesOf(left), linesOf(right))
  return { lines: lines.slice(0, mostPatchLines), truncated: lines.length > mostPatchLines }
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

function unknownOf({ run: { id }, provenance, patch }: Side): string[] {
  const { source, python, code } = provenance
  if (source === 'none') {
    return [`Nothing is recorded of the code and environment of ${id}: start runs with "millrace run".`]
  }
  const sentences: readonly (readonly [boolean, string])[] = [
    [
      source === 'client',
      `Of ${id} only what its MLflow client said is known: not its arguments, uncommitted changes, machine or variables.`,
    ],
    [python?.complete === false, `Of the packages of ${id} only those are known that its model asked for.`],
    [code === null, `Nothing is recorded of the code of ${id}: it ran outside a git repository.`],
    [code !== null && code.patch !== null && patch === undefined, `The patch of ${id} cannot be read any more.`],
  ]
  return sentences.filter(([holds]) => holds).map(([, sentence]) => sentence)
}
