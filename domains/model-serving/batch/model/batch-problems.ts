import { problems } from '@millrace/contract'

/** Every way batch prediction says no. */
export const batchProblem = problems('batch-prediction', {
  'no-input': {
    status: 400,
    say: (p: { path: string }) =>
      `There is no data at ${p.path}. Name a Parquet, CSV or JSON lines file, a folder of them, or a glob such as data/*.parquet.`,
  },
  'mixed-input': {
    status: 400,
    say: (p: { formats: string }) =>
      `The input mixes formats (${p.formats}). Give files of one format in one command, for example with a glob.`,
  },
  'unreadable-input': {
    status: 422,
    say: (p: { path: string; reason: string }) => `${p.path} cannot be read: ${p.reason}`,
  },
  'other-columns': {
    status: 422,
    say: (p: { path: string; first: string; columns: string }) =>
      `${p.path} has other columns than ${p.first}: ${p.columns}. All files of one input need the columns that are read, with one type.`,
  },
  'columns-do-not-fit': {
    status: 422,
    say: (p: { reasons: string; columns: string }) =>
      `The data does not fit the model: ${p.reasons}. The data has ${p.columns}.`,
  },
  'unknown-kept-column': {
    status: 422,
    say: (p: { names: string; columns: string }) =>
      `--keep names ${p.names}, which the data does not have. It has ${p.columns}.`,
  },
  'name-taken': {
    status: 422,
    say: (p: { names: string }) =>
      `The model has outputs named like the kept columns ${p.names}. Rename those columns, or keep others.`,
  },
  'missing-values': {
    status: 422,
    say: (p: { column: string; datatype: string; path: string; fromRow: number; toRow: number }) =>
      `The column "${p.column}" of ${p.path} has missing values between rows ${p.fromRow} and ${p.toRow}; the model takes it as ${p.datatype}, which cannot say "missing". Fill them in first.`,
  },
  'model-failed': {
    status: 422,
    say: (p: { path: string; fromRow: number; toRow: number; reason: string }) =>
      `The model failed on rows ${p.fromRow} to ${p.toRow} of ${p.path}: ${p.reason}`,
  },
  'fixed-rows': {
    status: 422,
    say: (p: { name: string; rows: number }) =>
      `The model takes exactly ${p.rows} rows at a time in "${p.name}". Export it with a batch dimension that varies.`,
  },
  'output-in-use': {
    status: 409,
    say: (p: { path: string }) =>
      `${p.path} holds something else already. Name an empty place, or replace what is there with --overwrite.`,
  },
  'other-work': {
    status: 409,
    say: (p: { path: string }) =>
      `${p.path} holds unfinished work on other data, another model or other options. Finish that with its own command, or start anew with --overwrite.`,
  },
  'already-running': {
    status: 409,
    say: (p: { path: string; pid: number }) => `The process ${p.pid} is writing to ${p.path} right now.`,
  },
  'bad-format': {
    status: 400,
    say: (p: { format: string }) => `"${p.format}" is no format for data here. Take parquet, csv or jsonl.`,
  },
  'input-changed': {
    status: 409,
    say: (p: { path: string }) => `${p.path} changed while it was read. Run the command again with --overwrite.`,
  },
  'worker-lost': {
    status: 503,
    say: (p: { reason: string }) =>
      `A worker was lost (${p.reason}). What is done stays done: run the same command again.`,
  },
})
