import type { Runtime } from '@millrace/kernel'
import { problem } from '../../contract.ts'
import { bucketSource } from './bucket-source.ts'
import { querySource } from './query-source.ts'
import type { Source, SourceRules } from './source.ts'
import { webSource } from './web-source.ts'

/** Opens data in place by its address. Throws `datasets/source-refused`. */
export async function openSource(runtime: Runtime, text: string, query: string | undefined): Promise<Source> {
  const refuse = (reason: string) => problem['source-refused']({ url: shownAddress(text), reason })
  if (!URL.canParse(text)) throw refuse('it is no address')
  const url = new URL(text)
  const rules: SourceRules = { privateAddresses: runtime.config.webhookPrivateAddresses }
  const isQuery = /^postgres(ql)?:$/.test(url.protocol)
  if (isQuery !== (query !== undefined)) throw refuse(isQuery ? 'it needs a query' : 'a query needs postgres://')
  if (query !== undefined) return querySource(url, query, rules)
  if (/^https?:$/.test(url.protocol)) {
    if (url.username !== '' || url.password !== '') throw refuse('it holds a name or a password')
    return webSource(url, rules)
  }
  if (/^(s3a?|gs|wasbs?|azure):$/.test(url.protocol)) return bucketSource(runtime, url, rules)
  throw refuse('it is neither https://, s3://, gs://, wasbs:// nor postgres://')
}

/** An address as people may see it: without a password, and without the query string that may carry one. */
export function shownAddress(text: string): string {
  if (!URL.canParse(text)) return text.slice(0, 200)
  const url = new URL(text)
  url.password = ''
  if (/^https?:$/.test(url.protocol)) url.search = ''
  return url.href.slice(0, 1000)
}
