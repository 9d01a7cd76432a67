import { posix } from 'node:path'
import { invalid } from './mlflow-error.ts'

/**
 * Throws MLflow's sentences for a key that is no usable name: keys may become file names, so no `..`, no absolute path,
 * no doubled slash. Gives the key back.
 */
export function usableName(key: string, parameter = 'key'): string {
  if (!/^[/\w.\- :\p{L}\p{N}\p{M}]*$/u.test(key)) {
    throw invalid(
      `Invalid value ${JSON.stringify(key)} for parameter '${parameter}' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    )
  }
  const resolved = normalised(key)
  if (resolved !== key || key === '.' || key.startsWith('..') || key.startsWith('/')) {
    throw invalid(
      `Invalid value ${JSON.stringify(key)} for parameter '${parameter}' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${resolved}'`,
    )
  }
  return key
}

/** Throws MLflow's sentence for a text that is too long. Gives it back. */
export function within(value: string, parameter: string, most: number): string {
  if (value.length > most) throw invalid(`'${parameter}' exceeds the maximum length of ${most} characters`)
  return value
}

/** A path with its `.`, `..` and doubled slashes resolved. */
function normalised(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '')
}
