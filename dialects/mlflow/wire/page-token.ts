import { decodePageToken } from '@millrace/contract'
import { invalid } from './mlflow-error.ts'

/** A page token as it came back from the client. Throws MLflow's sentence for one that is none of ours. */
export function pageToken(token: string | undefined): { pageToken?: string } {
  if (token === undefined || token === '') return {}
  if (decodePageToken(token) === undefined) throw invalid('Invalid page token, could not base64-decode')
  return { pageToken: token }
}
