import { setTimeout as wait } from 'node:timers/promises'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import type { Run } from '../../contract.ts'
import { provenanceArtifacts } from '../../contract.ts'

const followEveryMs = 2000
const tailBytes = 65_536

/** `millrace runs logs`: what a run said, as `millrace run` keeps it. */
export const logsCommand = command({
  path: ['runs', 'logs'],
  summary: 'Prints the end of what a run said',
  usage: 'RUN',
  minimumArgs: 1,
  options: [
    { name: 'errors', describe: 'Standard error instead of standard output', kind: 'flag' },
    { name: 'lines', describe: 'How many lines; default 100', value: 'N' },
    { name: 'follow', describe: 'Go on until the run ends', kind: 'flag' },
  ],
  examples: ['millrace runs logs 0af3…', 'millrace runs logs 0af3… --errors --follow'],
  run: async ({ api, args, flag, text, say }) => {
    const id = encodeURIComponent(args[0] ?? '')
    const name = flag('errors') ? provenanceArtifacts.errors : provenanceArtifacts.output
    const path = `/runs/${id}/artifacts/${name}`
    const isRunning = async () => (await api.get<Run>(`/runs/${id}`)).status === 'running'
    let running = await isRunning()
    const tail = await readFrom(api, path, `bytes=-${tailBytes}`)
    const lines = tail.bytes
      .toString('utf8')
      .replace(/\n$/, '')
      .split('\n')
      .slice(-Number(text('lines') ?? 100))
    if (tail.bytes.length > 0) say(lines.join('\n'))
    let { end } = tail
    while (flag('follow') && running) {
      await wait(followEveryMs)
      running = await isRunning()
      const more = await readFrom(api, path, `bytes=${end}-`)
      if (more.bytes.length > 0) process.stdout.write(more.bytes)
      end = Math.max(end, more.end)
    }
    return exitCodes.ok
  },
})

/** Bytes of a range, and where they end in the file; nothing where there is nothing yet. */
async function readFrom(api: ApiClient, path: string, range: string): Promise<{ bytes: Buffer; end: number }> {
  try {
    const response = await api.raw('GET', path, { headers: { range } })
    const bytes = Buffer.from(await response.arrayBuffer())
    const end = /bytes \d+-(\d+)\//.exec(response.headers.get('content-range') ?? '')?.[1]
    return { bytes, end: end === undefined ? bytes.length : Number(end) + 1 }
  } catch (error) {
    // Not there yet, or nothing beyond what was read.
    const isNothing = error instanceof Problem && (error.status === 404 || error.status === 416)
    if (isNothing && !/run-not-found/.test(error.code)) return { bytes: Buffer.alloc(0), end: 0 }
    throw error
  }
}
