import { problems } from '@millrace/contract'

/** Every way this domain says no. */
export const problem = problems('datasets', {
  'not-found': {
    status: 404,
    say: (p: { name: string }) =>
      `There is no data set "${p.name}". Make it with PUT /datasets/{name}, or register a first version of it.`,
  },
  'version-not-found': {
    status: 404,
    say: (p: { what: string }) =>
      `There is no data set version ${p.what}. GET /datasets/{name}/versions lists those there are.`,
  },
  'version-exists': {
    status: 409,
    say: (p: { dataset: string; version: string }) =>
      `The data set "${p.dataset}" has a version "${p.version}" with other content. Versions never change; give this one another name.`,
  },
  'not-uploaded': {
    status: 400,
    say: (p: { path: string; digest: string }) =>
      `The file "${p.path}" (${p.digest}) is not here. Upload it first with POST /datasets/{name}/uploads?path=${p.path}.`,
  },
  'file-not-found': {
    status: 404,
    say: (p: { path: string }) => `This version has no file "${p.path}".`,
  },
  'duplicate-path': { status: 400, say: (p: { path: string }) => `The path "${p.path}" is named twice.` },
  'unknown-format': {
    status: 400,
    say: (p: { path: string }) =>
      `"${p.path}" is no table by its name. Name it .parquet, .csv, .csv.gz or .jsonl; whole files registered together have one format. "millrace data add" takes files of any kind.`,
  },
  unreadable: {
    status: 400,
    say: (p: { path: string; reason: string }) =>
      `"${p.path}" cannot be read: ${p.reason} Nothing was registered; upload the whole file again.`,
  },
  empty: {
    status: 400,
    say: (p: { what: string }) => `${p.what} has no rows, so there is nothing to register.`,
  },
  'no-such-column': {
    status: 400,
    say: (p: { column: string; columns: string }) => `There is no column "${p.column}". The columns are ${p.columns}.`,
  },
  'not-a-time': {
    status: 400,
    say: (p: { column: string; type: string }) =>
      `The column "${p.column}" is a ${p.type}. A split needs a TIMESTAMP, a DATE, or an integer of epoch milliseconds.`,
  },
  'bad-span': { status: 400, say: () => 'A split needs fromMs before toMs.' },
  'no-such-table': {
    status: 400,
    say: (p: { what: string; tables: string }) =>
      p.tables === ''
        ? `${p.what} holds no table, so there are no columns to look at.`
        : `${p.what} holds several tables. Name one of them: ${p.tables}.`,
  },
  'bad-chunks': {
    status: 400,
    say: (p: { reason: string }) => `The chunks cannot be kept: ${p.reason}. None of this upload was; send it again.`,
  },
  'bad-manifest': {
    status: 400,
    say: (p: { reason: string }) => `The manifest cannot be registered: ${p.reason}.`,
  },
  'chunks-missing': {
    status: 409,
    say: (p: { count: number; path: string }) =>
      `${p.count} chunks are not here, among them one of "${p.path}". Ask which with POST /datasets/{name}/missing-chunks, upload them and register again.`,
  },
  'wrong-digest': {
    status: 400,
    say: (p: { path: string; digest: string }) =>
      `The chunks of "${p.path}" do not make up ${p.digest}. The file changed while it was read, or the upload is broken; add it again.`,
  },
  'stored-bytes-damaged': {
    status: 500,
    say: (p: { path: string }) =>
      `The stored bytes of "${p.path}" are not what was stored: the disk or bucket has lost or changed them. Restore them from a backup.`,
  },
  'too-large-here': {
    status: 507,
    say: (p: { what: string; sizeBytes: number; limitBytes: number }) =>
      `${p.what} has ${p.sizeBytes} bytes, more than the ${p.limitBytes} that this server keeps beside its store for reading tables.`,
  },
  'source-refused': {
    status: 400,
    say: (p: { url: string; reason: string }) => `"${p.url}" cannot be a source: ${p.reason}.`,
  },
  'source-unreachable': {
    status: 502,
    say: (p: { url: string; reason: string }) => `The source ${p.url} could not be read: ${p.reason}.`,
  },
  'source-changed': {
    status: 409,
    say: (p: { path: string; was: string; is: string }) =>
      `"${p.path}" has changed at its source: it was ${p.was} when this version was registered and is ${p.is} now. Register the source again as a new version.`,
  },
  'keys-not-unique': {
    status: 400,
    say: (p: { keys: string; version: string }) =>
      `The columns ${p.keys} do not tell the rows of ${p.version} apart. Name more columns, or none to compare rows as a multiset.`,
  },
})
