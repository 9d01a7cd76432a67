import type { ModelSource } from '../../model/model-source.ts'
import type { Datatype } from '../../model/tensor.ts'

/** How data lies in a file. */
export type DataFormat = 'parquet' | 'csv' | 'jsonl'

/** What a batch prediction is asked to do. */
export interface BatchWish {
  readonly model: ModelSource
  /** What people call the model: `models:/flight-delay@champion`. */
  readonly modelName: string
  /** SHA-256 of the model's file, hex; another model is other work. */
  readonly modelDigest: string
  /** Files, folders and globs of this machine, in the order of the output. */
  readonly input: readonly string[]
  /** A folder for part files, or a file (`.parquet`, `.csv`, `.jsonl`). */
  readonly output: string
  /** Default: by the output's name, else the input's. */
  readonly format?: DataFormat
  /** Columns carried into the output; default none. */
  readonly keep: readonly string[]
  /** Columns, in order, of a model with one input of several elements. */
  readonly features: readonly string[]
  /** Rows the model gets at a time. */
  readonly batchRows: number
  /** Rows at most, from the first. */
  readonly limit?: number
  readonly workers: number
  /** Replaces what lies at the output, finished or not. */
  readonly overwrite: boolean
}

/** A file as it was when the work was planned. */
export interface InputFile {
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/** Rows of one file that become one part of the output. */
export interface Part {
  readonly number: number
  /** Index into the plan's inputs. */
  readonly file: number
  /** The Parquet file that is read: the input itself, or its staged form. */
  readonly source: string
  /** Rows [from, to) of the file. */
  readonly from: number
  readonly to: number
}

/** An element of a model's input, as SQL over the data's columns. */
export interface InputColumns {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** One expression for each element of a row. */
  readonly expressions: readonly string[]
  /** The columns that the expressions read, for sentences. */
  readonly columns: readonly string[]
}

/** All that a worker must know; also what makes unfinished work the same work. */
export interface BatchPlan {
  readonly version: 1
  readonly modelDigest: string
  readonly inputs: readonly InputFile[]
  readonly format: DataFormat
  readonly keep: readonly string[]
  readonly columns: readonly InputColumns[]
  readonly parts: readonly Part[]
  readonly rows: number
}

/** A part that is on disk. */
export interface FinishedPart {
  readonly number: number
  readonly file: string
  readonly rows: number
  readonly sizeBytes: number
  /** SHA-256, hex. */
  readonly digest: string
}

/** What lies beside a finished output. */
export interface BatchManifest {
  /** Tells the same work from other work: of model, inputs and options. */
  readonly key: string
  readonly model: { readonly name: string; readonly digest: string }
  readonly inputs: readonly InputFile[]
  readonly format: DataFormat
  readonly rows: number
  readonly keep: readonly string[]
  readonly files: readonly Omit<FinishedPart, 'number'>[]
  readonly startedAtMs: number
  readonly finishedAtMs: number
}
