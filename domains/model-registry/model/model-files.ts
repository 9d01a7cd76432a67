import type { ModelVersion } from './registered-model.ts'

/** A file of the artifact that becomes a version; `path` from its owner's root. */
export interface ModelFile {
  readonly path: string
  readonly digest: string
  readonly sizeBytes: number
}

/** What the files are: one ONNX file (alone or in a folder), a folder MLflow packed, or something else. */
export function formatOf(files: readonly ModelFile[]): ModelVersion['format'] {
  if (modelFileOf(files) !== null) return 'onnx'
  return files.some(({ path }) => /(^|\/)MLmodel$/.test(path)) ? 'mlflow' : 'other'
}

/** The one ONNX file among them; null when there is none or more than one. */
export function modelFileOf(files: readonly ModelFile[]): string | null {
  const [only, ...more] = files.filter(({ path }) => /\.onnx$/i.test(path))
  return only === undefined || more.length > 0 ? null : only.path
}
