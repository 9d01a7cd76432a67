import type { Command } from '@millrace/terminal'
import { formatNumber, listing } from '@millrace/terminal'

interface Study {
  name: string
  direction: string
  metric: string
  trialCount: number
  bestValue: number | null
}

interface Trial {
  number: number
  state: string
  value: number | null
  params: Record<string, unknown>
  runId: string | null
}

/** `millrace studies …`. */
export const commands: readonly Command[] = [
  listing<Study>({
    path: ['studies', 'list'],
    summary: 'Lists studies with their best value',
    url: '/studies',
    example: 'millrace studies list',
    columns: [
      { title: 'Study', value: (row) => row.name },
      { title: 'Metric', value: (row) => `${row.direction} ${row.metric}` },
      { title: 'Trials', value: (row) => row.trialCount, align: 'right' },
      { title: 'Best', value: (row) => formatNumber(row.bestValue), align: 'right' },
    ],
  }),
  listing<Trial>({
    path: ['studies', 'trials'],
    summary: 'Lists the trials of a study',
    usage: 'STUDY',
    url: '/studies/{0}/trials',
    example: 'millrace studies trials flight-delay',
    columns: [
      { title: 'Trial', value: (row) => row.number, align: 'right' },
      { title: 'State', value: (row) => row.state },
      { title: 'Value', value: (row) => formatNumber(row.value), align: 'right' },
      { title: 'Parameters', value: (row) => JSON.stringify(row.params) },
      { title: 'Run', value: (row) => row.runId },
    ],
  }),
]
