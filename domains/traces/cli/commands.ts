import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatNumber, formatTime } from '@millrace/terminal'

interface Trace {
  id: string
  experimentId: string
  name: string | null
  state: string
  startedAtMs: number
  durationMs: number | null
  requestPreview: string | null
}

interface Span {
  name: string
  type: string | null
  depth: number
  status: { code: string; message: string }
  durationMs: number | null
}

/** `millrace traces …`. */
export const commands: readonly Command[] = [
  command({
    path: ['traces', 'list'],
    summary: 'Lists traces, newest first',
    options: [
      { name: 'experiment', describe: 'Only this experiment', value: 'NAME' },
      { name: 'filter', describe: "For example: trace.status = 'ERROR' and span.name = 'retrieve'", value: 'TEXT' },
      { name: 'order-by', describe: 'For example: execution_time_ms desc', value: 'TEXT' },
      { name: 'limit', describe: 'How many; default 20', value: 'N' },
    ],
    examples: ['millrace traces list --experiment support-bot --filter "trace.status = \'ERROR\'"'],
    run: async ({ api, text, show }) => {
      const query = new URLSearchParams({ limit: text('limit') ?? '20' })
      for (const [option, parameter] of [
        ['experiment', 'experiment'],
        ['filter', 'filter'],
        ['order-by', 'orderBy'],
      ] as const) {
        const value = text(option)
        if (value !== undefined) query.set(parameter, value)
      }
      const { items } = await api.get<{ items: Trace[] }>(`/traces?${query.toString()}`)
      show(items, items, [
        { title: 'Trace', value: (trace) => trace.id },
        { title: 'Name', value: (trace) => trace.name ?? '' },
        { title: 'State', value: (trace) => trace.state },
        { title: 'Started', value: (trace) => formatTime(trace.startedAtMs) },
        { title: 'ms', value: (trace) => milliseconds(trace.durationMs), align: 'right' },
        { title: 'Request', value: (trace) => (trace.requestPreview ?? '').slice(0, 60) },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['traces', 'show'],
    summary: 'Shows one trace: its spans as a tree, with their times and faults',
    usage: 'ID',
    minimumArgs: 1,
    examples: ['millrace traces show tr-0af3…'],
    run: async ({ api, args, show }) => {
      const trace = await api.get<Trace & { spans: Span[] }>(`/traces/${encodeURIComponent(args[0] ?? '')}`)
      show(trace, trace.spans, [
        { title: 'Span', value: (span) => `${'  '.repeat(Math.min(span.depth, 30))}${span.name}` },
        { title: 'Type', value: (span) => span.type ?? '' },
        {
          title: 'Status',
          value: (span) => (span.status.code === 'error' ? `error ${span.status.message}` : span.status.code),
        },
        { title: 'ms', value: (span) => milliseconds(span.durationMs), align: 'right' },
      ])
      return exitCodes.ok
    },
  }),
]

function milliseconds(duration: number | null): string {
  return duration === null ? '' : formatNumber(duration)
}
