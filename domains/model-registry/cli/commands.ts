import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatTime } from '@millrace/terminal'

interface Version {
  id: string
  model: string
  version: number
  approval: string
  aliases: string[]
  runId: string | null
  createdAtMs: number
}

/** `millrace models …`. */
export const commands: readonly Command[] = [
  command({
    path: ['models', 'list'],
    summary: 'Lists registered models with their aliases',
    examples: ['millrace models list'],
    run: async ({ api, show }) => {
      const { items } = await api.get<{
        items: { name: string; riskTier: string; latestVersion: number | null; aliases: Record<string, number> }[]
      }>('/models')
      show(items, items, [
        { title: 'Model', value: (row) => row.name },
        { title: 'Tier', value: (row) => row.riskTier },
        { title: 'Latest', value: (row) => row.latestVersion, align: 'right' },
        {
          title: 'Aliases',
          value: (row) =>
            Object.entries(row.aliases)
              .map(([alias, version]) => `${alias}→${version}`)
              .join(' '),
        },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['models', 'versions'],
    summary: 'Lists the versions of a model',
    usage: 'MODEL',
    minimumArgs: 1,
    examples: ['millrace models versions flight-delay'],
    run: async ({ api, args, show }) => {
      const { items } = await api.get<{ items: Version[] }>(`/models/${encodeURIComponent(args[0] ?? '')}/versions`)
      show(items, items, [
        { title: 'Version', value: (row) => row.version, align: 'right' },
        { title: 'Aliases', value: (row) => row.aliases.join(', ') },
        { title: 'Approval', value: (row) => row.approval },
        { title: 'Run', value: (row) => row.runId },
        { title: 'Created', value: (row) => formatTime(row.createdAtMs) },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['models', 'alias'],
    summary: 'Points an alias at a version',
    usage: 'MODEL ALIAS VERSION',
    minimumArgs: 3,
    examples: ['millrace models alias flight-delay challenger 4'],
    run: async ({ api, args, print }) => {
      const [model = '', alias = '', version = ''] = args
      const answer = await api.put(`/models/${encodeURIComponent(model)}/aliases/${encodeURIComponent(alias)}`, {
        version: Number(version),
      })
      print(answer, `models:/${model}@${alias} is version ${version}.`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['models', 'evidence'],
    summary: 'Shows what was measured of a version',
    usage: 'VERSION-ID',
    minimumArgs: 1,
    examples: ['millrace models evidence ver_…'],
    run: async ({ api, args, show }) => {
      const { items } = await api.get<{ items: { id: string; kind: string; verdict: string; sentence: string }[] }>(
        `/model-versions/${encodeURIComponent(args[0] ?? '')}/evidence`,
      )
      show(items, items, [
        { title: 'Kind', value: (row) => row.kind },
        { title: 'Verdict', value: (row) => row.verdict },
        { title: 'What it says', value: (row) => row.sentence },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
]
