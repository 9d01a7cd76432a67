import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatTime } from '@millrace/terminal'
import type { ModelRow } from './show.ts'
import { aliasText, at, pairsOf } from './show.ts'
import { versionCommands } from './version-commands.ts'

interface ChangeRow {
  kind: string
  version: number | null
  subject: string
  from: string | null
  to: string | null
  atMs: number
  by: { name: string }
  reason: string | null
}

const list = command({
  path: ['models', 'list'],
  summary: 'Lists registered models with their aliases',
  options: [{ name: 'prompts', kind: 'flag', describe: 'List prompts instead' }],
  examples: ['millrace models list', 'millrace models list --prompts'],
  run: async ({ api, flag, show }) => {
    const { items } = await api.get<{ items: ModelRow[] }>(`/models?kind=${flag('prompts') ? 'prompt' : 'model'}`)
    show(items, items, [
      { title: 'Model', value: (row) => row.name },
      { title: 'Owner', value: (row) => row.owner },
      { title: 'Tier', value: (row) => row.riskTier },
      { title: 'Latest', value: (row) => row.latestVersion, align: 'right' },
      { title: 'Aliases', value: (row) => aliasText(row.aliases) },
    ])
    return exitCodes.ok
  },
})

const put = command({
  path: ['models', 'put'],
  summary: 'Makes a registered model, or changes what is given of one',
  usage: 'MODEL',
  minimumArgs: 1,
  options: [
    { name: 'description', describe: 'What it is for', value: 'TEXT' },
    { name: 'tier', describe: 'Risk tier: low or high', value: 'TIER' },
    { name: 'owner', describe: 'Who answers for it', value: 'NAME' },
    { name: 'default-alias', describe: 'The alias that models:/MODEL alone means', value: 'ALIAS' },
    { name: 'tag', kind: 'list', describe: 'A tag; may be given again', value: 'KEY=VALUE' },
  ],
  examples: [
    'millrace models put flight-delay --tier high --owner team-ops --default-alias champion',
    'millrace models put flight-delay --tag team=ops',
  ],
  run: async ({ api, args, text, list: listOf, print }) => {
    const name = args[0] ?? ''
    const { items } = await api.post<{ items: (ModelRow & { spec: Record<string, unknown> })[] }>('/models/search', {
      where: [{ field: 'name', comparator: '=', value: name }],
    })
    const before = items[0]?.spec
    const given = Object.entries({
      description: text('description'),
      riskTier: text('tier'),
      owner: text('owner'),
      defaultAlias: text('default-alias'),
    }).filter(([, value]) => value !== undefined)
    const tags = { ...before?.tags, ...pairsOf(listOf('tag')) }
    const model = await api.put<ModelRow>(`/models/${at(name)}`, { ...before, ...Object.fromEntries(given), tags })
    print(model, `"${name}" is a ${model.riskTier}-risk model of ${model.owner}.`)
    return exitCodes.ok
  },
})

const alias = command({
  path: ['models', 'alias'],
  summary: 'Points an alias at a version, or with --remove takes it away',
  usage: 'MODEL ALIAS [VERSION]',
  minimumArgs: 2,
  options: [
    { name: 'remove', kind: 'flag', describe: 'Take the alias away' },
    { name: 'reason', describe: 'Why, for the history', value: 'TEXT' },
  ],
  examples: [
    'millrace models alias flight-delay challenger 4 --reason "better on March"',
    'millrace models alias flight-delay challenger --remove',
  ],
  run: async ({ api, args, flag, text, print, say }) => {
    const [model = '', name = '', version] = args
    const path = `/models/${at(model)}/aliases/${at(name)}`
    const reason = text('reason')
    if (flag('remove')) {
      const query = reason === undefined ? '' : `?reason=${at(reason)}`
      print(await api.delete(`${path}${query}`), `models:/${model}@${name} is gone.`)
      return exitCodes.ok
    }
    if (version === undefined) {
      say('Which version? millrace models alias MODEL ALIAS VERSION')
      return exitCodes.usage
    }
    const because = reason === undefined ? {} : { reason }
    const answer = await api.put(path, { version: Number(version), ...because })
    print(answer, `models:/${model}@${name} is version ${version}.`)
    return exitCodes.ok
  },
})

const history = command({
  path: ['models', 'history'],
  summary: 'Shows who moved which alias or stage of a model, when, from where, to where and why',
  usage: 'MODEL',
  minimumArgs: 1,
  options: [{ name: 'version', describe: 'Of this version only', value: 'NUMBER' }],
  examples: ['millrace models history flight-delay', 'millrace models history flight-delay --version 3'],
  run: async ({ api, args, text, show }) => {
    const version = text('version')
    const query = version === undefined ? '' : `?version=${at(version)}`
    const { items } = await api.get<{ items: ChangeRow[] }>(`/models/${at(args[0] ?? '')}/history${query}`)
    show(items, items, [
      { title: 'When', value: (row) => formatTime(row.atMs) },
      { title: 'Who', value: (row) => row.by.name },
      { title: 'What', value: (row) => (row.subject === '' ? row.kind : `${row.kind} ${row.subject}`) },
      { title: 'Version', value: (row) => row.version, align: 'right' },
      { title: 'From', value: (row) => row.from },
      { title: 'To', value: (row) => row.to },
      { title: 'Why', value: (row) => row.reason },
    ])
    return exitCodes.ok
  },
})

const remove = command({
  path: ['models', 'delete'],
  summary: 'Deletes a registered model that nothing uses',
  usage: 'MODEL',
  minimumArgs: 1,
  options: [{ name: 'with-versions', kind: 'flag', describe: 'Delete all its versions, too' }],
  examples: ['millrace models delete trial-model --with-versions'],
  run: async ({ api, args, flag, print }) => {
    const name = args[0] ?? ''
    const query = flag('with-versions') ? '?withVersions=true' : ''
    print(await api.delete(`/models/${at(name)}${query}`), `"${name}" is gone.`)
    return exitCodes.ok
  },
})

/** `millrace models …`. */
export const commands: readonly Command[] = [list, put, alias, history, remove, ...versionCommands]
