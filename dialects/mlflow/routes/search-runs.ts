import { prepareSearch } from '@millrace/experiment-tracking'
import { readTask, whileConnected } from '@millrace/kernel'
import { problem } from '@millrace/experiment-tracking/contract'
import type { reads } from '../process/run-pages.ts'
import { optionalText, texts } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { experimentRef, limitOf, viewOf } from './tracking/experiments.ts'

const pages = readTask<typeof reads, 'searchRuns'>(new URL('../process/run-pages.ts', import.meta.url), 'searchRuns')

/** `runs/search`. */
export const searchRunRoutes: readonly Route[] = [route('POST', 'runs/search', search)]

async function search({ runtime, context, message, request }: Call): Promise<Buffer> {
  const prepared = await prepareSearch(runtime, context, {
    experiments: texts(message, 'experiment_ids').map(experimentRef),
    filter: optionalText(message, 'filter') ?? '',
    orderBy: texts(message, 'order_by'),
    view: viewOf(message, 'run_view_type'),
    limit: message['max_results'] === undefined ? 1000 : limitOf(message, 50_000),
    pageToken: optionalText(message, 'page_token'),
  }).catch((error: unknown) => {
    throw problem['bad-page-token'].is(error) ? invalid('Invalid page token, could not base64-decode') : error
  })
  const { bytes } = await whileConnected(request, (signal) => runtime.readers.read(pages, prepared, { signal }))
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
