import type { ReadContext } from '@millrace/kernel'
import type { Order } from '../../model/filter.ts'
import { inOrder } from '../model/in-order.ts'
import type { Found, RunSearch } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { experimentsOf } from './matched-runs.ts'
import { termsOf } from './order-terms.ts'
import type { Selection } from './select-runs.ts'
import { findSelected } from './select-runs.ts'
import { few, smallSource } from './small-source.ts'
import { phasesOf } from './walk-phases.ts'

/** A walk follows an index in each experiment and merges what it finds; more experiments than these are gathered. */
const walkedExperiments = 20

/**
 * Finds the runs of one page, `limit + 1` where there are more. Few candidates are gathered and sorted; many are walked
 * in the order of an index until the page is full. Which of the two is decided here, by counting candidates up to a bound.
 */
export async function findRuns(
  context: ReadContext,
  search: RunSearch,
  nowMs: number,
  /** Up to how many candidates are gathered; tests set it. */
  gathered = few,
): Promise<Found[]> {
  const at: SqlAt = { dialect: context.dialect, nowMs }
  const experiments = search.experiments ?? (await experimentsOf(context, search.workspace))
  if (experiments.length === 0) return []
  const source = await smallSource(context, search, { experiments, bound: gathered }, at)
  if (source !== undefined) return gather(context, search, source, at)
  if (!isWalkable(search.orders[0]) || experiments.length > walkedExperiments) {
    return gather(context, search, { kind: 'runs', experiments }, at)
  }
  const found: Found[] = []
  for (const experiment of experiments) found.push(...(await walk(context, search, experiment, at)))
  if (experiments.length > 1) found.sort(inOrder(search.orders))
  return found.slice(0, search.limit + 1)
}

function gather(context: ReadContext, search: RunSearch, source: Selection['source'], at: SqlAt): Promise<Found[]> {
  const terms = termsOf(search.orders, 0, search.cursor, at)
  return findSelected(context, search, { source, terms, known: [], limit: search.limit + 1 }, at)
}

/** True for an order whose values an index holds sorted. */
function isWalkable(order: Order | undefined): boolean {
  if (order === undefined || order.entity === 'metric') return true
  if (order.entity === 'attribute') return order.key === 'start_time'
  return order.entity !== 'dataset' && order.key !== 'mlflow.runName'
}

/** One experiment's runs in the order asked for: those with a value, then NaN, then those without. */
async function walk(context: ReadContext, search: RunSearch, experiment: number, at: SqlAt): Promise<Found[]> {
  const found: Found[] = []
  for (const phase of phasesOf(search, experiment, at)) {
    const missing = search.limit + 1 - found.length
    if (missing === 0) break
    found.push(...(await findSelected(context, search, { ...phase, limit: missing }, at)))
  }
  return found
}
