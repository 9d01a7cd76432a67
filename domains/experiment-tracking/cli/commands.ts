import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatNumber, formatTime } from '@millrace/terminal'
import { trashCommands } from './trash-commands.ts'
import { reproductionCommands } from '../reproduction/cli/commands.ts'
import { underlined } from './underline-query.ts'

interface Run {
  id: string
  name: string
  status: string
  startedAtMs: number
  params: Record<string, string>
  metrics: Record<string, number>
}

/** `millrace runs …`, `millrace run`, `millrace reproduce`, `millrace diff`. */
export const commands: readonly Command[] = [
  ...reproductionCommands,
  ...trashCommands,
  command({
    path: ['runs', 'list'],
    summary: 'Lists runs, newest first',
    options: [
      { name: 'experiment', describe: 'Only this experiment', value: 'NAME' },
      {
        name: 'query',
        describe: 'For example: metrics.auc > 0.7 and (params.model = tree or started > -7d)',
        value: 'TEXT',
      },
      {
        name: 'filter',
        describe: 'The same in MLflow’s grammar: metrics.auc > 0.7 and params.l2 = "1"',
        value: 'TEXT',
      },
      { name: 'order-by', describe: 'For example: metrics.auc desc', value: 'TEXT' },
      { name: 'limit', describe: 'How many; default 20', value: 'N' },
    ],
    examples: [
      'millrace runs list --experiment flight-delay --order-by "metrics.val_auc desc"',
      'millrace runs list --query "min(metrics.loss) < 0.2 and not params.model in (net, tree)"',
    ],
    run: async ({ api, text, show }) => {
      const experiment = text('experiment')
      const orderBy = text('order-by')
      const body = {
        limit: Number(text('limit') ?? 20),
        ...(experiment === undefined ? {} : { experiments: [experiment] }),
        ...(text('query') === undefined ? {} : { query: text('query') }),
        ...(text('filter') === undefined ? {} : { filter: text('filter') }),
        ...(orderBy === undefined ? {} : { orderBy: [orderBy] }),
      }
      const { items } = await underlined(text('query'), api.post<{ items: Run[] }>('/runs/search', body))
      const known = new Set(items.flatMap((run) => Object.keys(run.metrics)))
      const keys = [...known].filter((key) => !key.startsWith('system/')).slice(0, 6)
      show(items, items, [
        { title: 'Run', value: (run) => run.id },
        { title: 'Name', value: (run) => run.name },
        { title: 'Status', value: (run) => run.status },
        { title: 'Started', value: (run) => formatTime(run.startedAtMs) },
        ...keys.map((key) => ({
          title: key,
          value: (run: Run) => formatNumber(run.metrics[key]),
          align: 'right' as const,
        })),
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['runs', 'show'],
    summary: 'Shows one run: status, parameters, metrics',
    usage: 'ID',
    minimumArgs: 1,
    examples: ['millrace runs show 0af3…'],
    run: async ({ api, args, show }) => {
      const run = await api.get<Run>(`/runs/${encodeURIComponent(args[0] ?? '')}`)
      const rows = [
        { name: 'status', value: run.status },
        ...Object.entries(run.params).map(([name, value]) => ({ name: `params.${name}`, value })),
        ...Object.entries(run.metrics).map(([name, value]) => ({
          name: `metrics.${name}`,
          value: formatNumber(value),
        })),
      ]
      show(run, rows, [
        { title: 'Field', value: (row) => row.name },
        { title: 'Value', value: (row) => row.value },
      ])
      return exitCodes.ok
    },
  }),
]
