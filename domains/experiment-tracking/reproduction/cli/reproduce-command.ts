import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Problem } from '@millrace/contract'
import type { CommandContext } from '@millrace/terminal'
import { command, exitCodes, formatNumber, formatTable } from '@millrace/terminal'
import type { Provenance, Run } from '../../contract.ts'
import { formatMetric } from './diff-command.ts'
import { launch } from './launch/launch.ts'
import type { Finding } from './rebuild/finding.ts'
import type { Judged, Tolerance } from './rebuild/judge-metrics.ts'
import { judgeMetrics, parseTolerance } from './rebuild/judge-metrics.ts'
import { moveCommand, movedEnvironment } from './rebuild/move-command.ts'
import { buildNode } from './rebuild/node-environment.ts'
import type { Reproduction } from './rebuild/plan-reproduction.ts'
import { planReproduction } from './rebuild/plan-reproduction.ts'
import { buildPython } from './rebuild/python-environment.ts'
import { tokenOf } from './run-command.ts'

/** `millrace reproduce RUN`. */
export const reproduceCommand = command({
  path: ['reproduce'],
  summary: 'Rebuilds the code, environment and data of a run in a fresh folder, runs it again, compares metrics',
  usage: 'RUN [-- PROGRAM ARGUMENT...]',
  minimumArgs: 1,
  options: [
    { name: 'into', describe: 'The folder; default ./reproduction-<run>', value: 'DIR' },
    {
      name: 'tolerance',
      describe: 'How far metrics may be apart: |again − original| ≤ T × max(1, |original|); default 1e-6',
      kind: 'list',
      value: 'T|METRIC=T',
    },
    {
      name: 'ignore',
      describe: 'A metric that need not be the same (a duration); may be given again',
      kind: 'list',
      value: 'METRIC',
    },
    { name: 'from', describe: 'Take the commit from this repository instead of the recorded one', value: 'URL|DIR' },
    { name: 'anyway', describe: 'Run although something is missing', kind: 'flag' },
    { name: 'dry-run', describe: 'Say what is there and what is missing; run nothing', kind: 'flag' },
  ],
  examples: [
    'millrace reproduce 0af3… --dry-run',
    'millrace reproduce 0af3… --into /tmp/again --tolerance 1e-6 --tolerance val_loss=0.01',
    'millrace reproduce 0af3… -- python train.py --epochs 10',
  ],
  run: reproduce,
})

async function reproduce(context: CommandContext): Promise<number> {
  const { api, args, text, list, flag, say, print } = context
  const wanted = parseTolerance(list('tolerance'))
  if ('wrong' in wanted) {
    say(`--tolerance takes a number or METRIC=NUMBER, not "${wanted.wrong}".`)
    return exitCodes.usage
  }
  const [id = '', ...words] = args
  const path = `/runs/${encodeURIComponent(id)}`
  const [run, provenance] = await Promise.all([api.get<Run>(path), api.get<Provenance>(`${path}/provenance`)])
  const onlyLook = flag('dry-run')
  const folder = await freshFolder(onlyLook, text('into') ?? `reproduction-${run.id.slice(0, 8)}`)
  let isNeeded = false
  try {
    const plan = await planReproduction({ api, run, provenance, folder, from: text('from'), command: words, onlyLook })
    say(findingsText(plan.findings))
    const refusal = refusalOf(plan.findings, flag('anyway'))
    isNeeded = !onlyLook && refusal === undefined
    if (isNeeded) return await runAgain(context, { run, provenance, folder, plan, tolerance: wanted.tolerance })
    const answer = { run: run.id, findings: plan.findings, ran: false }
    print(answer, `\n${refusal ?? 'All that is needed is there. Nothing was run.'}`)
    return onlyLook && plan.findings.every(isThere) ? exitCodes.ok : exitCodes.no
  } finally {
    // What was fetched is of no use to anybody, and would be in the way of the next attempt.
    if (!isNeeded) await rm(folder, { recursive: true, force: true })
  }
}

const isThere = ({ state }: Finding) => state === 'ready' || state === 'note'

async function freshFolder(isTemporary: boolean, wanted: string): Promise<string> {
  if (isTemporary) return mkdtemp(join(tmpdir(), 'millrace-reproduce-'))
  const folder = resolve(wanted)
  const entries = await readdir(folder).catch(() => [])
  if (entries.length === 0) return folder
  throw new Problem('client/folder-in-use', 400, `${folder} is not empty. Give a fresh one with --into DIR.`)
}

/** Why it is not run; undefined where it may be. */
function refusalOf(findings: readonly Finding[], anyway: boolean): string | undefined {
  if (findings.some(({ state }) => state === 'impossible')) return 'This cannot be run again. Nothing was run.'
  const lost = findings.filter(({ state }) => state === 'missing').length
  if (lost === 0 || anyway) return undefined
  return `${lost} ${lost === 1 ? 'thing is' : 'things are'} missing. Nothing was run; --anyway runs without.`
}

interface Again {
  readonly run: Run
  readonly provenance: Provenance
  readonly folder: string
  readonly plan: Reproduction
  readonly tolerance: Tolerance
}

async function runAgain(context: CommandContext, { run, provenance, folder, plan, tolerance }: Again): Promise<number> {
  const { api, say, print, list, json } = context
  say('\nBuilding the environment …')
  const programs = await buildPython(plan.python, join(folder, 'environment'))
  await buildNode(plan.node, plan.codeFolder)
  const moved = { from: provenance.code?.root ?? undefined, to: plan.codeFolder, programs }
  const ended = await launch(api, {
    command: moveCommand(plan.command, moved),
    cwd: join(plan.codeFolder, provenance.workingDirectory ?? '.'),
    env: movedEnvironment(process.env, provenance.variables, moved),
    experiment: run.experiment,
    name: `${run.name} again`,
    tags: {},
    data: provenance.data.map(({ versionId, path }) =>
      path === null || path.startsWith('..') ? versionId : `${versionId}=${join(plan.codeFolder, path)}`,
    ),
    keepUntracked: false,
    variables: Object.keys(provenance.variables),
    sampleEveryMs: 10_000,
    token: tokenOf(context),
    reproducesRunId: run.id,
    out: json ? process.stderr : process.stdout,
    err: process.stderr,
    started: (client) => say(`Running again as ${client.run.id} …\n`),
  })
  const again = await api.get<Run>(`/runs/${ended.runId}`)
  const judged = judgeMetrics(run.metrics, again.metrics, { tolerance, ignored: list('ignore') })
  const verdict = verdictOf(judged, ended.exitCode)
  const answer = { run: run.id, again: ended.runId, exitCode: ended.exitCode, findings: plan.findings, ran: true }
  print({ ...answer, metrics: judged, reproduced: verdict.isSame }, `\n${judgedText(judged)}\n\n${verdict.says}`)
  return verdict.isSame ? exitCodes.ok : exitCodes.no
}

function verdictOf(judged: readonly Judged[], exitCode: number): { isSame: boolean; says: string } {
  if (exitCode !== 0) return { isSame: false, says: `Not reproduced: the command ended with exit status ${exitCode}.` }
  const compared = judged.filter(({ verdict }) => verdict !== 'new')
  if (compared.length === 0) return { isSame: false, says: 'Not shown: the run has no metrics to compare.' }
  const off = compared.filter(({ verdict }) => verdict !== 'same')
  if (off.length === 0) return { isSame: true, says: `Reproduced: ${metricsOf(compared.length)} within the tolerance.` }
  return {
    isSame: false,
    says: `Not reproduced: ${off.length} of ${metricsOf(compared.length)} not within the tolerance.`,
  }
}

const metricsOf = (count: number) => `${count} ${count === 1 ? 'metric' : 'metrics'}`

const marks = { ready: 'ready', note: 'note', missing: 'MISSING', impossible: 'MISSING' } as const

function findingsText(findings: readonly Finding[]): string {
  return formatTable(findings, [
    { title: 'Part', value: (row) => row.part },
    { title: 'State', value: (row) => marks[row.state] },
    { title: 'What', value: (row) => row.says, wrapAt: 100 },
  ])
}

function judgedText(judged: readonly Judged[]): string {
  if (judged.length === 0) return 'Neither run has metrics.'
  return formatTable(judged, [
    { title: 'Metric', value: (row) => row.key },
    { title: 'Original', value: (row) => formatMetric(row.original), align: 'right' },
    { title: 'Again', value: (row) => formatMetric(row.again), align: 'right' },
    { title: 'Difference', value: (row) => formatNumber(row.difference), align: 'right' },
    { title: 'Tolerance', value: (row) => String(row.tolerance), align: 'right' },
    { title: 'Verdict', value: (row) => row.verdict },
  ])
}
