import { Problem } from '@millrace/contract'
import type { CommandContext } from '@millrace/terminal'
import { command, createClient, createProgress, exitCodes } from '@millrace/terminal'
import { bringExperiments, deleteExperiments } from './bring/bring-experiments.ts'
import { bringLoggedModels } from './bring/bring-logged-models.ts'
import { bringRegistry } from './bring/bring-registry.ts'
import { bringRuns } from './bring/bring-runs.ts'
import { bringTraces } from './bring/bring-traces.ts'
import type { Importing } from './bring/importing.ts'
import { nameFilter } from './name-filter.ts'
import { openSource } from './open-source.ts'
import { ImportReport } from './report.ts'

/** `millrace import mlflow SOURCE`: everything an MLflow deployment knows, into a workspace. */
export const importMlflow = command({
  path: ['import', 'mlflow'],
  summary: 'Takes over an MLflow server, database or mlruns folder; run again it takes only what is new',
  usage: 'SOURCE',
  minimumArgs: 1,
  options: [
    { name: 'into', describe: 'The workspace that takes it; default --workspace', value: 'WORKSPACE' },
    { name: 'experiments', describe: 'Only experiments whose names match, such as "team-*"', value: 'GLOB' },
    { name: 'since', describe: 'Only runs and traces that started on this day or later', value: 'DATE' },
    { name: 'dry-run', describe: 'Only say what would be taken', kind: 'flag' },
    { name: 'resume', describe: 'Only go on where it stopped: what is whole is not looked at again', kind: 'flag' },
    { name: 'artifacts', describe: 'The folder behind mlflow-artifacts:/ (--artifacts-destination)', value: 'FOLDER' },
    { name: 'user', describe: 'User of an MLflow server (MLFLOW_TRACKING_USERNAME)', value: 'NAME' },
    { name: 'source-token', describe: 'Token of an MLflow server (MLFLOW_TRACKING_TOKEN)', value: 'TOKEN' },
  ],
  examples: [
    'millrace import mlflow sqlite:///mlflow.db --dry-run',
    'millrace import mlflow ./mlruns --experiments "fraud-*"',
    'millrace import mlflow http://mlflow.example:5000 --into team-a',
    'millrace import mlflow postgresql://mlflow:secret@db/mlflow --artifacts /srv/mlartifacts',
  ],
  run: async (context) => {
    const { args, text, env } = context
    const source = await openSource(args[0] ?? '', {
      artifacts: text('artifacts'),
      user: text('user') ?? env['MLFLOW_TRACKING_USERNAME'],
      password: env['MLFLOW_TRACKING_PASSWORD'],
      token: text('source-token') ?? env['MLFLOW_TRACKING_TOKEN'],
    })
    try {
      return await takeOver(context, source)
    } finally {
      await source.close()
    }
  },
})

async function takeOver(context: CommandContext, source: Importing['source']): Promise<number> {
  const { text, flag, env, print, json } = context
  const token = text('token') ?? env['MILLRACE_TOKEN']
  const workspace = text('into') ?? context.api.workspace
  const report = new ImportReport(Date.now())
  const { progress, end } = progressBars(json)
  const importing: Importing = {
    source,
    api: createClient({ url: context.api.url, token, workspace }),
    token,
    report,
    dryRun: flag('dry-run'),
    onlyNew: flag('resume'),
    sinceMs: dayOf(text('since')),
    partly: text('experiments') !== undefined || text('since') !== undefined,
    progress,
  }
  try {
    await bringAll(importing, nameFilter(text('experiments')))
  } finally {
    end()
  }
  const { dryRun } = importing
  const about = { source: source.name, workspace, dryRun }
  const title = `${source.name} ${dryRun ? 'would go' : 'went'} into workspace "${workspace}":`
  print(report.value(about, Date.now()), `${title}\n${report.text(Date.now(), dryRun)}`)
  return exitCodes.ok
}

async function bringAll(importing: Importing, isWanted: (name: string) => boolean): Promise<void> {
  const experiments = (await importing.source.experiments()).filter(({ name }) => isWanted(name))
  const placed = await bringExperiments(importing, experiments)
  await bringLoggedModels(importing, placed)
  await bringRuns(importing, placed)
  await bringRegistry(importing, placed)
  await bringTraces(importing, placed)
  await deleteExperiments(importing, experiments)
}

/** One bar per kind of thing, on standard error. Broken off with ctrl-C, it says how to go on. */
function progressBars(json: boolean) {
  const write = (text: string) => void process.stderr.write(text)
  const isTerminal = process.stderr.isTTY && !json
  let shown: { kind: string; bar: ReturnType<typeof createProgress> } | undefined
  const stop = () => {
    shown?.bar.end()
    write('\nStopped. Run the same command again: it goes on where it was.\n')
    // The shell's number for an interrupt. What was sent is stored whole or not at all.
    process.exit(130)
  }
  process.once('SIGINT', stop)
  return {
    progress: (kind: string, done: number, total: number) => {
      if (shown?.kind !== kind) {
        shown?.bar.end()
        shown = { kind, bar: createProgress({ label: kind, write, isTerminal, nowMs: Date.now }) }
      }
      shown.bar.update(done, total)
    },
    end: () => {
      process.off('SIGINT', stop)
      shown?.bar.end()
    },
  }
}

function dayOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new Problem('client/bad-date', 400, `"${text}" is no date; write it as 2026-01-31.`)
  return time
}
