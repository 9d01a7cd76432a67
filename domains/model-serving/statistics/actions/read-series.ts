import { requireEndpoint } from '../../actions/require-endpoint.ts'
import { query } from '../../store/serving-store.ts'
import * as contract from '../model/series-endpoints.ts'
import { seriesOf, stepFor } from '../model/series-of-minutes.ts'

const hour = 3_600_000

/** What an endpoint's deployments did over time. */
export const readSeries = query(contract.readSeries, async ({ store, input, nowMs }) => {
  const { name, toMs = nowMs, fromMs = toMs - hour } = input
  await requireEndpoint(store, name)
  const stepMs = input.stepMs ?? stepFor(fromMs, toMs)
  return { endpoint: name, stepMs, points: seriesOf(await store.minutes.list(name, fromMs, toMs), stepMs) }
})
