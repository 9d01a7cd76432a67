import { absoluteLocation } from '@millrace/experiment-tracking'
import { invalid } from './mlflow-error.ts'

/**
 * An experiment's artifact location as a client names it; a relative path of this machine becomes absolute. Throws
 * MLflow's sentences for one that cannot be: a fragment or parameters, `..` in its query, a `runs:` address, 2048
 * characters or more.
 */
export function artifactLocation(location: string): string {
  const query = location.split('?')[1] ?? ''
  if (/#|;[^/]*$/.test(location)) throw invalid("'artifact_location' URL can't include fragments or params.")
  if (decoded(query).includes('..')) throw invalid('Invalid query string')
  if (location.startsWith('runs:'))
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location.slice(0, 300)}'`)
  if (location.length > 2048) {
    throw invalid(
      'Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters. To configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.',
    )
  }
  return absoluteLocation(location)
}

/** Decoded until nothing changes, so that what was encoded twice is seen, too. */
function decoded(text: string): string {
  let last = text
  for (let times = 0; times < 10; times += 1) {
    const next = decodedOnce(last)
    if (next === last) return last
    last = next
  }
  throw invalid('Invalid query string')
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
