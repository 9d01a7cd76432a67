import { basename } from 'node:path'
import type { CommandContext } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import { launch } from './launch/launch.ts'

const defaultSampleSeconds = 10

/** `millrace run -- COMMAND`: any program as a run. */
export const runCommand = command({
  path: ['run'],
  summary: 'Runs a command as a run, and records its code, environment, machine and output',
  usage: '-- PROGRAM [ARGUMENT...]',
  minimumArgs: 1,
  options: [
    { name: 'experiment', describe: 'Default MLFLOW_EXPERIMENT_NAME, else the name of the folder', value: 'NAME' },
    { name: 'name', describe: 'Name of the run', value: 'TEXT' },
    { name: 'tag', describe: 'A tag; may be given again', kind: 'list', value: 'KEY=VALUE' },
    {
      name: 'data',
      describe: 'Data that it uses: DATASET@VERSION, DATASET@VERSION=DIR to check it out there, or a DIR that was',
      kind: 'list',
      value: 'DATA',
    },
    { name: 'keep-untracked', describe: 'Keep files up to 1 MiB that git does not track (secrets too!)', kind: 'flag' },
    { name: 'env', describe: 'An environment variable to record; may be given again', kind: 'list', value: 'NAME' },
    {
      name: 'sample-every',
      describe: 'Seconds between samples of the machine; default 10, 0 for none',
      value: 'SECONDS',
    },
  ],
  examples: [
    'millrace run -- python train.py --epochs 10',
    'millrace run --experiment flights --data flights@2001-h1=data/flights -- python train.py',
    'millrace run --tag team=a -- node train.js',
  ],
  run: async (context) => {
    const { api, args, text, list, flag, env, json, say } = context
    const seconds = Number(text('sample-every') ?? defaultSampleSeconds)
    if (!Number.isFinite(seconds) || seconds < 0) {
      say('--sample-every takes seconds: 10, 0.5, or 0 for none.')
      return exitCodes.usage
    }
    const { runId, exitCode, status } = await launch(api, {
      command: args,
      cwd: process.cwd(),
      env: process.env,
      experiment: text('experiment') ?? env['MLFLOW_EXPERIMENT_NAME'] ?? basename(process.cwd()),
      name: text('name'),
      tags: tagsOf(list('tag')),
      data: list('data'),
      keepUntracked: flag('keep-untracked'),
      variables: list('env'),
      sampleEveryMs: seconds * 1000,
      token: tokenOf(context),
      // Standard output is for the answer where a program asked for one.
      out: json ? process.stderr : process.stdout,
      err: process.stderr,
      started: ({ run }) => void process.stderr.write(`millrace: run ${run.id} "${run.name}" of ${run.experiment}\n`),
    })
    process.stderr.write(`millrace: ${status}, exit status ${exitCode}\n`)
    if (json) context.print({ runId, status, exitCode }, '')
    return exitCode
  },
})

/** The token that commands act with, to hand on. */
export function tokenOf({ text, env }: CommandContext): string | undefined {
  return text('token') ?? env['MILLRACE_TOKEN']
}

function tagsOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((tag) => {
      const [key = '', value = ''] = tag.split(/=(.*)/s)
      return [key, value]
    }),
  )
}
