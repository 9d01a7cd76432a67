import { flagOf, loadConfig, settings, variableOf } from '@millrace/kernel'
import type { CommandContext, CommandOption } from '@millrace/terminal'
import { command, createProgress, exitCodes, formatBytes, formatCount, formatTime } from '@millrace/terminal'

/** The settings of the server that say where its data lies. */
const places = ['dataDir', 'databaseUrl', 'artifactStore', 'artifactsDestination'] as const
const placeOptions: readonly CommandOption[] = places.map((name) => ({
  name: flagOf(name),
  describe: `${settings[name].describe} (${variableOf(name)})`,
  value: 'VALUE',
}))

/** `millrace backup TO`. */
export const backup = command({
  path: ['backup'],
  summary: 'Backs up a server’s data, also while it runs: run it on the server’s machine with its settings',
  usage: 'TO',
  minimumArgs: 1,
  options: [
    { name: 'without-key', describe: 'Leave secrets.key out; without it no sealed secret can be opened', kind: 'flag' },
    ...placeOptions,
  ],
  examples: [
    'millrace backup monday.tar.zst --data-dir /srv/millrace',
    'millrace backup /mnt/backups --data-dir /srv/millrace',
    'millrace backup s3://backups/millrace --database-url postgres://millrace@db/millrace',
  ],
  run: async (context) => {
    const { backupServer } = await import('@millrace/server/backup')
    const line = progressOf('Backing up', context)
    const wish = { progress: line.update, withoutKey: context.flag('without-key') }
    const report = await backupServer(configOf(context), context.args[0] ?? '', wish)
    line.end()
    const { rows, tables, files, bytes, newFiles, newBytes } = report
    context.print(
      report,
      `Backup ${report.id}: ${formatCount(rows)} rows of ${formatCount(tables)} tables, ${formatCount(files)} files with ${formatBytes(bytes)}; new are ${formatCount(newFiles)} with ${formatBytes(newBytes)}.`,
    )
    return exitCodes.ok
  },
})

/** `millrace restore FROM`. */
export const restore = command({
  path: ['restore'],
  summary: 'Restores a backup into an empty data directory or database; every file is compared with its digest',
  usage: 'FROM',
  minimumArgs: 1,
  options: [
    { name: 'id', describe: 'Which backup of a folder or bucket; default the newest', value: 'ID' },
    ...placeOptions,
  ],
  examples: [
    'millrace restore monday.tar.zst --data-dir /srv/restored',
    'millrace restore /mnt/backups --id 2026-11-02T04-00-00.000Z --data-dir /srv/restored',
  ],
  run: async (context) => {
    const [{ restoreServer }, { verifyDataDir }] = await Promise.all([
      import('@millrace/server/backup'),
      import('@millrace/audit/offline'),
    ])
    const config = configOf(context)
    const line = progressOf('Restoring', context)
    const id = context.text('id')
    const wish = { progress: line.update, ...(id === undefined ? {} : { id }) }
    const report = await restoreServer(config, context.args[0] ?? '', wish)
    line.end()
    const audit = config.databaseUrl === undefined ? await verifyDataDir(config.dataDir) : undefined
    const auditIsWhole = audit?.workspaces.every(({ ok }) => ok) ?? null
    const said =
      auditIsWhole === null
        ? ''
        : auditIsWhole
          ? ' The audit chain is whole.'
          : ' The audit chain is broken: run millrace audit verify.'
    context.print(
      { ...report, auditIsWhole },
      `Restored the backup of ${formatTime(report.atMs)}: ${formatCount(report.rows)} rows, ${formatCount(report.files)} files with ${formatBytes(report.bytes)}.${said}`,
    )
    return auditIsWhole === false ? exitCodes.no : exitCodes.ok
  },
})

/** `millrace export`. */
export const exportCommand = command({
  path: ['export'],
  summary: 'Writes one workspace to a file: run it on the server’s machine with its settings, also while it runs',
  usage: '--workspace NAME FILE.tar.zst',
  minimumArgs: 1,
  options: placeOptions,
  examples: ['millrace export --workspace vision vision.tar.zst --data-dir /srv/millrace'],
  run: async (context) => {
    const { exportWorkspace } = await import('@millrace/server/export')
    const line = progressOf('Exporting', context)
    const { workspace } = context.api
    const wish = { workspace, to: context.args[0] ?? '', progress: line.update }
    const report = await exportWorkspace(configOf(context), wish)
    line.end()
    const { rows, files, bytes } = report
    context.print(
      report,
      `Exported the workspace "${workspace}": ${formatCount(rows)} rows, ${formatCount(files)} files with ${formatBytes(bytes)}.`,
    )
    return exitCodes.ok
  },
})

/** `millrace import FILE --into WORKSPACE`. */
export const importCommand = command({
  path: ['import'],
  summary: 'Brings an exported workspace to another server, while that does not run; it may be repeated',
  usage: 'FILE.tar.zst --into WORKSPACE',
  minimumArgs: 1,
  options: [
    { name: 'into', describe: 'The workspace that it becomes; default "default"', value: 'NAME' },
    ...placeOptions,
  ],
  examples: ['millrace import vision.tar.zst --into vision --data-dir /srv/other'],
  run: async (context) => {
    const { importWorkspace } = await import('@millrace/server/import')
    const report = await importWorkspace(configOf(context), context.args[0] ?? '', context.text('into') ?? 'default')
    const { from, into, rows, files, bytes, renamed, evidence } = report
    const others = Object.entries(renamed.experiments).map(([before, after]) => `#${before} is #${after}`)
    const lines = [
      `Brought "${from}" into "${into}": ${formatCount(rows)} rows, ${formatCount(files)} files with ${formatBytes(bytes)}.`,
      ...(others.length === 0 ? [] : [`Experiments with another number here: ${others.join(', ')}.`]),
      ...(renamed.ids === 0 ? [] : [`${formatCount(renamed.ids)} ids were taken here and are others now.`]),
      `The audit of the other server lies in ${evidence}.`,
    ]
    context.print(report, lines.join('\n'))
    return exitCodes.ok
  },
})

/** The server's settings, as its own start would read them, with what this command was given. */
function configOf({ text, env }: CommandContext) {
  const argv = places.flatMap((name) => {
    const value = text(flagOf(name))
    return value === undefined ? [] : [`--${flagOf(name)}`, value]
  })
  return loadConfig({ argv, env, cwd: process.cwd() }).config
}

function progressOf(label: string, { json }: CommandContext) {
  const isTerminal = process.stderr.isTTY && !json
  const write = (text: string) => void process.stderr.write(text)
  const progress = createProgress({ label, write, isTerminal, nowMs: Date.now })
  return {
    // How much there is in all is not known before the end.
    update: ({ bytes }: { bytes: number }) => progress.update(bytes, bytes * 2),
    end: () => progress.end(),
  }
}
