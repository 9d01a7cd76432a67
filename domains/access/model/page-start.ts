import { decodePageToken } from '@millrace/contract'

/** Where a page begins: the text its token holds; undefined for the first page, and for a token that is none of ours. */
export function pageStart(pageToken: string | undefined): string | undefined {
  const position = pageToken === undefined ? undefined : decodePageToken(pageToken)?.[0]
  return typeof position === 'string' ? position : undefined
}
