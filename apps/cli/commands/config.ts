import type { SettingName } from '@millrace/kernel'
import { flagOf, loadConfig, settings, variableOf } from '@millrace/kernel'
import { command, exitCodes, formatTable } from '@millrace/terminal'

/** `millrace config`: every setting, its value, and where it came from. */
export const config = command({
  path: ['config'],
  summary: 'Prints every setting, its value and where the value came from',
  passThrough: true,
  examples: ['millrace config', 'MILLRACE_PORT=8080 millrace config --json'],
  run: async ({ argv, env }) => {
    const asJson = argv.includes('--json')
    const loaded = loadConfig({ argv: argv.filter((word) => word !== '--json'), env, cwd: process.cwd() })
    const rows = Object.entries(settings).map(([name, setting]) => {
      const key = name as SettingName // the keys of `settings` are the names
      const value = loaded.config[key]
      const isSecret = 'secret' in setting && setting.secret
      return {
        name,
        value: isSecret && value !== undefined ? '(secret)' : value,
        source: loaded.sources[key],
        describe: setting.describe,
      }
    })
    const table = formatTable(rows, [
      { title: 'Setting', value: (row) => row.name },
      { title: 'Value', value: (row) => (row.value === undefined ? '–' : String(row.value)) },
      { title: 'From', value: (row) => row.source },
      { title: 'Flag', value: (row) => `--${flagOf(row.name)}` },
      { title: 'Variable', value: (row) => variableOf(row.name) },
    ])
    process.stdout.write(`${asJson ? JSON.stringify(rows) : table}\n`)
    return exitCodes.ok
  },
})
