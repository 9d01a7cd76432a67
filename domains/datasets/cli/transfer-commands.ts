import { stat } from 'node:fs/promises'
import { Problem } from '@millrace/contract'
import type { ApiClient, Command, CommandContext } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatCount } from '@millrace/terminal'
import type { CheckedOut } from '../chunks/cli/checkout.ts'
import { checkOut, stateOf } from '../chunks/cli/checkout.ts'
import { compareFolder } from '../chunks/cli/compare-folder.ts'
import type { FolderState } from '../chunks/cli/folder-state.ts'
import { readState, writeState } from '../chunks/cli/folder-state.ts'
import { fetchManifest, findVersion, sendManifest } from '../chunks/cli/manifest-client.ts'
import type { ScannedFile } from '../chunks/cli/scan-folder.ts'
import { scanFolder } from '../chunks/cli/scan-folder.ts'
import type { UploadFigures } from '../chunks/cli/upload-files.ts'
import { uploadFiles } from '../chunks/cli/upload-files.ts'
import type { DatasetVersion, FileEntry } from '../contract.ts'
import { isFile } from '../contract.ts'
import { given } from './given.ts'
import { progressOf } from './progress-line.ts'

const versionOptions = [
  { name: 'version', describe: 'Name of the version; default the next number', value: 'VERSION' },
  { name: 'message', describe: 'What this version is about', value: 'TEXT' },
  { name: 'time-column', describe: 'Column that holds the event time', value: 'COLUMN' },
  { name: 'as-files', describe: 'Take tables as files: no schema, no profile', kind: 'flag' as const },
]

/** Commands that move files between folders and the server. */
export const transferCommands: readonly Command[] = [
  command({
    path: ['data', 'add'],
    summary: 'Registers a file, a folder or data in place as a new version',
    usage: 'PATH|ADDRESS --name DATASET',
    minimumArgs: 1,
    options: [
      { name: 'name', describe: 'The data set', value: 'DATASET' },
      ...versionOptions,
      { name: 'query', describe: 'A SELECT whose rows are the data (postgres://…); give it an ORDER BY', value: 'SQL' },
      { name: 'verify', describe: 'Read data in place once, and keep its digests, schema and profile', kind: 'flag' },
    ],
    examples: [
      'millrace data add flights.parquet --name flights --version 2001-h1 --time-column date',
      'millrace data add ./images --name cats --message "Second batch of labels"',
      'millrace data add s3://bucket/flights/ --name flights-raw',
      'millrace data add https://example.org/flights.csv --name flights-raw --verify',
      'millrace data add postgres://reader:secret@db/shop --query "select * from orders order by id" --name orders',
    ],
    run: add,
  }),
  command({
    path: ['data', 'push'],
    summary: 'Registers what a checked-out folder holds now as the next version',
    usage: '[DIR]',
    options: [
      { name: 'name', describe: 'The data set; default the one the folder was checked out from', value: 'DATASET' },
      ...versionOptions,
      { name: 'force', describe: 'Also when somebody registered a newer version than the folder has', kind: 'flag' },
    ],
    examples: ['millrace data push', 'millrace data push ./flights --message "Removed test flights"'],
    run: push,
  }),
  command({
    path: ['data', 'pull'],
    summary: 'Brings a checked-out folder to the newest version',
    usage: '[DIR]',
    options: [{ name: 'force', describe: 'Lose what was changed in the folder', kind: 'flag' }],
    examples: ['millrace data pull', 'millrace data pull ./flights'],
    run: async (context) => {
      const folder = context.args[0] ?? '.'
      const { dataset } = await requireState(folder)
      return bring(context, `datasets:/${dataset}`, folder)
    },
  }),
  command({
    path: ['data', 'checkout'],
    summary: 'Writes the files of a version into a folder',
    usage: 'DATASET[@VERSION] DIR',
    minimumArgs: 2,
    options: [{ name: 'force', describe: 'Overwrite files that were changed there', kind: 'flag' }],
    examples: ['millrace data checkout flights@2001-h1 ./flights', 'millrace data checkout flights ./flights --force'],
    run: (context) => bring(context, context.args[0] ?? '', context.args[1] ?? ''),
  }),
  command({
    path: ['data', 'status'],
    summary: 'Says what was changed in a checked-out folder, and whether there is a newer version',
    usage: '[DIR]',
    examples: ['millrace data status', 'millrace data status ./flights --json'],
    run: status,
  }),
]

async function add(context: CommandContext): Promise<number> {
  const { args, text, api } = context
  // The data set may also stand first: `data add flights flights.parquet`.
  const [name, path] = text('name') === undefined ? [args[0], args[1]] : [text('name'), args[0]]
  if (name === undefined || path === undefined)
    throw new Problem('client/no-name', 400, 'Name the data set: millrace data add PATH --name DATASET')
  const isAddress = /^[a-z][a-z0-9+]*:\/\//i.test(path)
  if (isAddress) return addInPlace(context, name, path)
  const files = await scanFolder(path)
  const { version, figures } = await register(context, name, files, new Map())
  return report(context, api, version, figures)
}

async function addInPlace({ api, text, flag, print }: CommandContext, name: string, url: string): Promise<number> {
  const body = {
    url,
    verify: flag('verify'),
    ...given({ version: text('version'), message: text('message'), query: text('query') }),
  }
  const version = await api.post<DatasetVersion>(`/datasets/${encodeURIComponent(name)}/sources`, body)
  const how = version.source?.verified === true ? 'read once, not copied' : 'not read'
  print(
    version,
    `${titleOf(version)}  ${formatCount(version.fileCount)} files in place, ${formatBytes(version.sizeBytes)}, ${how}  ${version.id}`,
  )
  return exitCodes.ok
}

async function register(
  context: CommandContext,
  name: string,
  files: readonly ScannedFile[],
  known: ReadonlyMap<string, FileEntry>,
): Promise<{ version: DatasetVersion; figures: UploadFigures; entries: Awaited<ReturnType<typeof uploadFiles>> }> {
  const { api, text, flag } = context
  if (files.length === 0) throw new Problem('client/no-such-file', 400, 'There is no file to register.')
  const figures: UploadFigures = { readBytes: 0, sentBytes: 0, sentChunks: 0, chunks: 0 }
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const progress = progressOf(context, 'Uploading')
  const moved = () => progress.update(figures.readBytes, totalBytes)
  try {
    const entries = await uploadFiles(api, name, files, { known, figures, moved })
    progress.update(totalBytes, totalBytes)
    const head = { ...given({ version: text('version'), message: text('message'), timeColumn: text('time-column') }) }
    const version = await sendManifest(api, name, { ...head, asFiles: flag('as-files') }, entries)
    return { version, figures, entries }
  } finally {
    progress.end()
  }
}

function report({ print }: CommandContext, _api: ApiClient, version: DatasetVersion, figures: UploadFigures): number {
  const { sentBytes, sentChunks, chunks } = figures
  const rows = version.rowCount > 0 ? `${formatCount(version.rowCount)} rows, ` : ''
  const sent =
    sentChunks === 0
      ? 'nothing new to send'
      : `${formatBytes(sentBytes)} sent (${formatCount(sentChunks)} of ${formatCount(chunks)} chunks)`
  const facts = `${rows}${formatCount(version.fileCount)} files, ${formatBytes(version.sizeBytes)}, ${sent}`
  print({ ...version, uploaded: figures }, `${titleOf(version)}  ${facts}  ${version.id}`)
  return exitCodes.ok
}

const titleOf = (version: DatasetVersion) => `datasets:/${version.dataset}@${version.version}`

async function push(context: CommandContext): Promise<number> {
  const folder = context.args[0] ?? '.'
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true)
    throw new Problem('client/no-such-file', 400, `There is no folder at ${folder}.`)
  const named = context.text('name')
  const state = named === undefined ? await requireState(folder) : await readState(folder)
  const name = named ?? state?.dataset ?? ''
  const files = await scanFolder(folder)
  const known = state?.dataset === name ? await entriesKept(context, state, files) : new Map<string, FileEntry>()
  const { version, figures, entries } = await register(context, name, files, known)
  await writeState(folder, await stateOf(folder, version, entries, Date.now()))
  return report(context, context.api, version, figures)
}

/** Entries of the version before whose files did not change. Throws `client/behind`. */
async function entriesKept(
  { api, flag }: CommandContext,
  state: FolderState,
  files: readonly ScannedFile[],
): Promise<Map<string, FileEntry>> {
  const before = await versionBefore(api, state, flag('force'))
  return before === undefined ? new Map() : unchangedEntries(api, before, files, state)
}

/** The version the folder was brought to; undefined when it is gone. Throws when somebody else was faster. */
async function versionBefore(api: ApiClient, state: FolderState, force: boolean): Promise<DatasetVersion | undefined> {
  const newest = await findVersion(api, `datasets:/${state.dataset}`).catch(() => undefined)
  if (newest !== undefined && newest.id !== state.versionId && !force) {
    const sentence = `"${state.dataset}" has the newer version "${newest.version}"; this folder has "${state.version}". Pull first, or give --force to register this folder as it is.`
    throw new Problem('client/behind', 409, sentence)
  }
  return findVersion(api, state.versionId).catch(() => undefined)
}

/** Files that did not change need not be read again: the server's own list of their chunks holds. */
async function unchangedEntries(
  api: ApiClient,
  before: DatasetVersion,
  files: readonly ScannedFile[],
  state: FolderState,
): Promise<Map<string, FileEntry>> {
  if (before.storage !== 'chunks') return new Map()
  const { unchanged } = await compareFolder(files, state)
  const entries = (await fetchManifest(api, before)).filter(isFile)
  return new Map(
    entries.filter(({ path, digest }) => unchanged.get(path) === digest).map((entry) => [entry.path, entry]),
  )
}

async function bring(context: CommandContext, reference: string, folder: string): Promise<number> {
  const { api, flag, print } = context
  const version = await findVersion(api, reference)
  const progress = progressOf(context, 'Fetching')
  const startedMs = Date.now()
  let done: CheckedOut
  try {
    const moved = (doneBytes: number, totalBytes: number) => progress.update(doneBytes, totalBytes)
    done = await checkOut(api, version, folder, { force: flag('force'), progress: moved, nowMs: Date.now })
  } finally {
    progress.end()
  }
  const { fetched, removed, unchanged, receivedBytes } = done
  const changed =
    fetched + removed === 0
      ? 'was already there'
      : `${formatCount(fetched)} files fetched (${formatBytes(receivedBytes)} received), ${formatCount(removed)} removed, ${formatCount(unchanged)} unchanged`
  print({ version, ...done, durationMs: Date.now() - startedMs }, `${titleOf(version)} in ${folder}: ${changed}`)
  return exitCodes.ok
}

async function status({ api, args, print }: CommandContext): Promise<number> {
  const folder = args[0] ?? '.'
  const state = await requireState(folder)
  const { added, modified, deleted, unchanged } = await compareFolder(await scanFolder(folder), state)
  const newest = await findVersion(api, `datasets:/${state.dataset}`).catch(() => undefined)
  const { dataset, version } = state
  const isNewest = newest === undefined ? null : newest.id === state.versionId
  const answer = {
    dataset,
    version,
    newest: newest?.version ?? null,
    isNewest,
    added,
    modified,
    deleted,
    unchanged: unchanged.size,
  }
  const lines = [
    `${dataset}@${version}${isNewest === false ? `, but "${newest?.version ?? ''}" is newer: millrace data pull` : ''}`,
    ...added.map((path) => `  added     ${path}`),
    ...modified.map((path) => `  modified  ${path}`),
    ...deleted.map((path) => `  deleted   ${path}`),
    added.length + modified.length + deleted.length === 0
      ? 'Nothing was changed here.'
      : 'millrace data push registers this as the next version.',
  ]
  print(answer, lines.join('\n'))
  return exitCodes.ok
}

async function requireState(folder: string): Promise<FolderState> {
  const state = await readState(folder)
  if (state !== undefined) return state
  const sentence = `${folder} was not checked out from a data set. Use "millrace data checkout DATASET DIR", or name one with "millrace data push DIR --name DATASET".`
  throw new Problem('client/no-state', 400, sentence)
}
