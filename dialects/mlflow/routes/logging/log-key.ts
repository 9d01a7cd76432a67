import { posix } from 'node:path'
import { invalid, MlflowError } from '../../wire/mlflow-error.ts'

/** A complaint about a list's entry says which one. */
export function within<T>(at: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (at === '' || !(error instanceof MlflowError)) throw error
    throw invalid(error.message.replace(/parameter '/, `parameter '${at}`))
  }
}

/** Keys become file names in MLflow, so they must be ones: no `..`, no absolute path, no doubled slash. */
export function checkKey(key: string, field: string): string {
  if (key.length > 250) throw invalid(`'${field}' exceeds the maximum length of 250 characters`)
  if (!/^[/\w.\- :\p{L}\p{N}]*$/u.test(key)) {
    throw invalid(
      `Invalid value "${key}" for parameter '${field}' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    )
  }
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    const resolved = posix.normalize(key).replace(/(?<=.)\/$/, '')
    throw invalid(
      `Invalid value "${key}" for parameter '${field}' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${resolved}'`,
    )
  }
  return key
}
