import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export interface DemoOptions {
  readonly fast: boolean
  readonly headless: boolean
  readonly port: string
  readonly dataDir: string
}

export const help = `Shows the whole loop on real flights: data, training, approval, canary, live predictions, an alert,
retraining, a better model promoted, worse ones refused and rolled back, and the audit that proves it.

Usage: millrace demo [--fast] [--headless] [--port PORT] [--data-dir DIR]

  --fast          300,000 flights instead of three million
  --headless      exit at the end instead of keeping the pages open
  --port PORT     port of the pages; default a free one
  --data-dir DIR  folder of the demo's data; default a fresh temporary one

Examples:
  millrace demo --fast
  millrace demo --headless`

/** Reads the command line. Undefined when help was asked for. */
export function readOptions(argv: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      fast: { type: 'boolean', default: false },
      headless: { type: 'boolean', default: false },
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const dataDir = values['data-dir'] ?? mkdtempSync(join(tmpdir(), 'millrace-demo-'))
  return { fast: values.fast, headless: values.headless, port: values.port, dataDir }
}
