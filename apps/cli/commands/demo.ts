import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { command, exitCodes } from '@millrace/terminal'

// The demo drives the product from outside, as a user would, so it is a process of its own.
const demoPath = fileURLToPath(new URL('../../../examples/flight-delay/demo.ts', import.meta.url))

/** `millrace demo`: the closed loop on three million flights. */
export const demo = command({
  path: ['demo'],
  summary: 'Shows the whole loop on three million real flights',
  passThrough: true,
  options: [
    { name: 'fast', describe: 'Use 300,000 flights', kind: 'flag' },
    { name: 'headless', describe: 'Exit at the end instead of keeping the pages open', kind: 'flag' },
    { name: 'port', describe: 'Port of the pages; default 7400', value: 'PORT' },
    { name: 'data-dir', describe: 'Folder of the demo’s own data', value: 'DIR' },
  ],
  examples: ['millrace demo --fast', 'millrace demo --headless'],
  run: async ({ argv }) => {
    const child = spawn(process.execPath, [demoPath, ...argv], { stdio: 'inherit' })
    const pass = (signal: NodeJS.Signals) => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    const [code] = (await once(child, 'exit')) as [number | null] // ChildProcess' own event
    return code ?? exitCodes.unavailable
  },
})
