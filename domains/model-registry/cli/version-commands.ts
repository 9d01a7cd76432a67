import type { Command, CommandContext } from '@millrace/terminal'
import { command, exitCodes, formatTime } from '@millrace/terminal'
import type { VersionRow } from './show.ts'
import { at, pairsOf } from './show.ts'

/** A version by what people type: `models:/name@alias`, `models:/name/3`, or its id. */
async function find({ api }: CommandContext, reference: string): Promise<VersionRow> {
  return api.get<VersionRow>(`/resolved-model-version?reference=${at(reference)}`)
}

const versions = command({
  path: ['models', 'versions'],
  summary: 'Lists the versions of a model, newest first',
  usage: 'MODEL',
  minimumArgs: 1,
  examples: ['millrace models versions flight-delay'],
  run: async ({ api, args, show }) => {
    const { items } = await api.get<{ items: VersionRow[] }>(`/models/${at(args[0] ?? '')}/versions`)
    show(items, items, [
      { title: 'Version', value: (row) => row.version, align: 'right' },
      { title: 'Aliases', value: (row) => row.aliases.join(', ') },
      { title: 'Stage', value: (row) => (row.stage === 'None' ? '' : row.stage) },
      { title: 'Approval', value: (row) => row.approval },
      { title: 'Run', value: (row) => row.runId },
      { title: 'Created', value: (row) => formatTime(row.createdAtMs) },
      { title: 'Id', value: (row) => row.id },
    ])
    return exitCodes.ok
  },
})

const version = command({
  path: ['models', 'version'],
  summary: 'Shows one version: what it stands on, its digest, tags and evidence',
  usage: 'REFERENCE',
  minimumArgs: 1,
  examples: ['millrace models version models:/flight-delay@champion', 'millrace models version models:/flight-delay/3'],
  run: async (context) => {
    const found = await find(context, context.args[0] ?? '')
    const rows = Object.entries({
      Id: found.id,
      Version: `${found.model} ${found.version}`,
      Aliases: found.aliases.join(', '),
      Stage: found.stage,
      Approval: found.approval,
      Source: found.source,
      Run: found.runId,
      Format: found.format,
      Digest: found.digest === '' ? 'its files are not here' : found.digest,
      Bytes: found.sizeBytes,
      Tags: Object.entries(found.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
      Created: `${formatTime(found.createdAtMs)} by ${found.createdBy}`,
      Description: found.description,
    })
    context.show(found, rows, [
      { title: 'What', value: ([what]) => what },
      { title: 'Is', value: ([, value]) => value },
    ])
    return exitCodes.ok
  },
})

const register = command({
  path: ['models', 'register'],
  summary: 'Registers an artifact of a run as the next version of a model',
  usage: 'MODEL RUN-ID PATH',
  minimumArgs: 3,
  options: [
    { name: 'description', describe: 'What is new', value: 'TEXT' },
    { name: 'tag', kind: 'list', describe: 'A tag; may be given again', value: 'KEY=VALUE' },
  ],
  examples: ['millrace models register flight-delay 1f0c… model.onnx --tag trained-on=2001'],
  run: async ({ api, args, text, list, print }) => {
    const [model = '', runId, artifactPath] = args
    const made = await api.post<VersionRow>(`/models/${at(model)}/versions`, {
      runId,
      artifactPath,
      description: text('description') ?? '',
      tags: pairsOf(list('tag')),
    })
    print(made, `models:/${model}/${made.version} is ${made.id}.`)
    return exitCodes.ok
  },
})

const copy = command({
  path: ['models', 'copy'],
  summary: 'Copies a version to a model as its next one, from another workspace with its files',
  usage: 'REFERENCE MODEL',
  minimumArgs: 2,
  examples: [
    'millrace models copy models:/staging/4 production',
    'millrace models copy models://research/churn@best churn',
  ],
  run: async ({ api, args, print }) => {
    const [from = '', model = ''] = args
    const made = await api.post<VersionRow>(`/models/${at(model)}/copies`, { from })
    print(made, `models:/${model}/${made.version} is a copy of ${from}.`)
    return exitCodes.ok
  },
})

const stage = command({
  path: ['models', 'stage'],
  summary: 'Moves a version to a stage: None, Staging, Production or Archived',
  usage: 'REFERENCE STAGE',
  minimumArgs: 2,
  options: [
    { name: 'archive-existing', kind: 'flag', describe: 'Archive the others of that stage' },
    { name: 'reason', describe: 'Why, for the history', value: 'TEXT' },
  ],
  examples: ['millrace models stage models:/flight-delay/3 Production --archive-existing'],
  run: async (context) => {
    const { api, args, flag, text, print } = context
    const found = await find(context, args[0] ?? '')
    const moved = await api.put<VersionRow>(`/model-versions/${at(found.id)}/stage`, {
      stage: args[1],
      archiveExisting: flag('archive-existing'),
      ...(text('reason') === undefined ? {} : { reason: text('reason') }),
    })
    print(moved, `models:/${moved.model}/${moved.version} is ${moved.stage}.`)
    return exitCodes.ok
  },
})

const evidence = command({
  path: ['models', 'evidence'],
  summary: 'Shows what was measured of a version',
  usage: 'REFERENCE',
  minimumArgs: 1,
  examples: ['millrace models evidence models:/flight-delay@champion', 'millrace models evidence ver_…'],
  run: async (context) => {
    const { id } = await find(context, context.args[0] ?? '')
    const { items } = await context.api.get<{
      items: { id: string; kind: string; verdict: string; sentence: string }[]
    }>(`/model-versions/${at(id)}/evidence`)
    context.show(items, items, [
      { title: 'Kind', value: (row) => row.kind },
      { title: 'Verdict', value: (row) => row.verdict },
      { title: 'What it says', value: (row) => row.sentence },
      { title: 'Id', value: (row) => row.id },
    ])
    return exitCodes.ok
  },
})

const remove = command({
  path: ['models', 'delete-version'],
  summary: 'Deletes a version that nothing uses',
  usage: 'REFERENCE',
  minimumArgs: 1,
  options: [{ name: 'with-aliases', kind: 'flag', describe: 'Take its aliases away, too' }],
  examples: ['millrace models delete-version models:/flight-delay/2'],
  run: async (context) => {
    const found = await find(context, context.args[0] ?? '')
    const query = context.flag('with-aliases') ? '?withAliases=true' : ''
    context.print(
      await context.api.delete(`/model-versions/${at(found.id)}${query}`),
      `models:/${found.model}/${found.version} is gone.`,
    )
    return exitCodes.ok
  },
})

/** The commands that concern one version. */
export const versionCommands: readonly Command[] = [versions, version, register, copy, stage, evidence, remove]
