import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient, Command } from '@millrace/terminal'
import { command, exitCodes, formatDuration, formatTime } from '@millrace/terminal'

interface Step {
  name: string
  state: string
  cached: boolean
  attempts: { startedAtMs: number | null; endedAtMs: number | null; reason: string | null }[]
}

interface PipelineRun {
  id: string
  pipeline: string
  number: number
  state: string
  steps: Step[]
  outputs: Record<string, unknown> | null
  startedAtMs: number | null
  endedAtMs: number | null
}

const over = new Set(['succeeded', 'failed', 'cancelled'])

/** `millrace pipelines …`. */
export const commands: readonly Command[] = [
  command({
    path: ['pipelines', 'list'],
    summary: 'Lists pipelines',
    examples: ['millrace pipelines list'],
    run: async ({ api, show }) => {
      const { items } = await api.get<{ items: { name: string; version: number }[] }>('/pipelines')
      show(items, items, [
        { title: 'Pipeline', value: (row) => row.name },
        { title: 'Version', value: (row) => row.version, align: 'right' },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['pipelines', 'runs'],
    summary: 'Lists the runs of a pipeline, newest first',
    usage: 'PIPELINE',
    minimumArgs: 1,
    examples: ['millrace pipelines runs train-flight-delay'],
    run: async ({ api, args, show }) => {
      const { items } = await api.get<{ items: PipelineRun[] }>(`/pipelines/${encodeURIComponent(args[0] ?? '')}/runs`)
      show(items, items, [
        { title: 'Run', value: (row) => `#${row.number}` },
        { title: 'State', value: (row) => row.state },
        {
          title: 'Steps',
          value: (row) => row.steps.map((step) => `${step.name}:${step.cached ? 'cached' : step.state}`).join(' '),
        },
        { title: 'Started', value: (row) => formatTime(row.startedAtMs) },
        { title: 'Id', value: (row) => row.id },
      ])
      return exitCodes.ok
    },
  }),
  command({
    path: ['pipelines', 'run'],
    summary: 'Starts a pipeline, and waits for it with --wait',
    usage: 'PIPELINE [--param NAME=VALUE]...',
    minimumArgs: 1,
    options: [
      { name: 'param', describe: 'A parameter; JSON or text', kind: 'list', value: 'NAME=VALUE' },
      { name: 'wait', describe: 'Wait until it is over', kind: 'flag' },
    ],
    examples: ['millrace pipelines run train-flight-delay --param dataset=datasets:/flights@latest --wait'],
    run: async ({ api, args, list, flag, print, say }) => {
      const parameters = Object.fromEntries(list('param').map(parameterOf))
      const started = await api.post<PipelineRun>(`/pipelines/${encodeURIComponent(args[0] ?? '')}/runs`, {
        parameters,
      })
      if (!flag('wait')) {
        print(started, `Started ${started.pipeline} #${started.number} (${started.id}).`)
        return exitCodes.ok
      }
      const run = await followRun(api, started.id, say)
      print(
        run,
        `${run.pipeline} #${run.number} ${run.state} after ${formatDuration((run.endedAtMs ?? 0) - (run.startedAtMs ?? 0))}.`,
      )
      return run.state === 'succeeded' ? exitCodes.ok : exitCodes.no
    },
  }),
  command({
    path: ['pipelines', 'logs'],
    summary: 'Prints the log of a step',
    usage: 'RUN-ID STEP',
    minimumArgs: 2,
    examples: ['millrace pipelines logs prun_… train'],
    run: async ({ api, args, print }) => {
      const [run = '', step = ''] = args
      const logs = await api.get<{ lines: { text: string }[] }>(
        `/pipeline-runs/${encodeURIComponent(run)}/steps/${encodeURIComponent(step)}/logs`,
      )
      print(logs, logs.lines.map((line) => line.text).join('\n'))
      return exitCodes.ok
    },
  }),
]

async function followRun(api: ApiClient, id: string, say: (text: string) => void): Promise<PipelineRun> {
  const seen = new Set<string>()
  for (;;) {
    const run = await api.get<PipelineRun>(`/pipeline-runs/${id}`)
    for (const step of run.steps) {
      const line = `${step.name}: ${step.cached ? 'from cache' : step.state}`
      if (!seen.has(line)) say(line)
      seen.add(line)
    }
    if (over.has(run.state)) return run
    await sleep(250)
  }
}

function parameterOf(text: string): [string, unknown] {
  const at = text.indexOf('=')
  const value = text.slice(at + 1)
  try {
    return [text.slice(0, at), JSON.parse(value) as unknown]
  } catch {
    return [text.slice(0, at), value]
  }
}
