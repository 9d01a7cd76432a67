import { z } from 'zod'
import { DatasetVersionId, FilePath } from './dataset.ts'

const FileChange = z.object({ path: FilePath, sizeBytes: z.int(), wasBytes: z.int().optional() })

/** How far the values of a column moved between two versions. */
export const ColumnShift = z.object({
  column: z.string(),
  kind: z.enum(['number', 'time', 'boolean', 'text']),
  /** Population stability index over the bins below; by custom 0.1 is a moderate and 0.25 a large shift. */
  psi: z.number(),
  /** Jensen-Shannon distance, base 2: 0 to 1. */
  js: z.number(),
  /** Kolmogorov-Smirnov statistic, read at the bins' edges; null for categories. */
  ks: z.number().nullable(),
  nulls: z.tuple([z.int(), z.int()]),
  means: z.tuple([z.number(), z.number()]).nullable(),
  /** Upper edges (inclusive; the last bin has none) or categories, with the rows of either version. */
  bins: z.array(z.object({ label: z.string(), from: z.int(), to: z.int() })),
})
export type ColumnShift = z.infer<typeof ColumnShift>

/** What changed in a table. With `keys`, a row is changed when its key stands in both and another column differs. */
export const TableDiff = z.object({
  table: z.string(),
  rows: z.object({
    from: z.int(),
    to: z.int(),
    added: z.int(),
    removed: z.int(),
    changed: z.int().nullable(),
    unchanged: z.int(),
    keys: z.array(z.string()),
  }),
  columns: z.object({
    added: z.array(z.object({ name: z.string(), type: z.string() })),
    removed: z.array(z.object({ name: z.string(), type: z.string() })),
    retyped: z.array(z.object({ name: z.string(), from: z.string(), to: z.string() })),
  }),
  /** Columns of both, the largest shift first. */
  shifts: z.array(ColumnShift),
})
export type TableDiff = z.infer<typeof TableDiff>

/** What changed from one version to another. Lists of files end after 1,000; the counts are whole. */
export const DatasetDiff = z.object({
  from: z.object({ id: DatasetVersionId, dataset: z.string(), version: z.string() }),
  to: z.object({ id: DatasetVersionId, dataset: z.string(), version: z.string() }),
  same: z.boolean(),
  files: z.object({
    added: z.int(),
    removed: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    /** Bytes of `to` that lie in chunks or files which `from` does not have. */
    newBytes: z.int(),
    addedFiles: z.array(FileChange),
    removedFiles: z.array(FileChange),
    changedFiles: z.array(FileChange),
  }),
  tables: z.array(TableDiff),
  /** Tables that could not be compared, each with the reason. */
  notCompared: z.array(z.object({ table: z.string(), reason: z.string() })),
})
export type DatasetDiff = z.infer<typeof DatasetDiff>
