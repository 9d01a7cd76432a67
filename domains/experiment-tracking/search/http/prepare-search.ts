import type { z } from 'zod'
import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { isVisible, parseInput } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import { parseRunFilter, parseRunOrders } from '../model/run-filter.ts'
import { problem } from '../../model/problems.ts'
import type { SearchInput } from '../../process/run-reads.ts'
import { settle } from '../../store/settle.ts'
import { storeOf } from '../../store/tracking.ts'
import { lookUpExperiment } from '../../actions/find-experiment.ts'
import type { Condition } from '../model/condition.ts'
import { allOf } from '../model/condition.ts'
import { cursorOf } from '../model/page-token.ts'
import { conditionOfQuery } from '../model/run-fields.ts'

type Wanted = Pick<z.output<typeof contract.searchRuns.input>, 'experiments' | 'query' | 'filter' | 'view'>

/**
 * Makes ready a search for a reader thread: checks the permission, reads what is asked for, and merges the metrics logged
 * so far. Throws `experiment-tracking/bad-filter`, `/bad-query`, `/bad-page-token`, `access/forbidden`.
 */
export async function prepareSearch(
  runtime: Runtime,
  context: CallContext,
  input: z.input<typeof contract.searchRuns.input>,
): Promise<SearchInput> {
  const parsed = parseInput(contract.searchRuns, input)
  const orders = parseRunOrders(parsed.orderBy)
  const { pageToken, limit } = parsed
  const cursor = pageToken === undefined || pageToken === '' ? undefined : cursorOf(pageToken, orders)
  if (cursor === undefined && pageToken !== undefined && pageToken !== '') throw problem['bad-page-token']({})
  const wanted = await prepareWanted(runtime, context, parsed)
  return { nowMs: wanted.nowMs, search: { ...wanted.search, orders, limit, cursor } }
}

/** The same without order and page, for counts and facets. */
export async function prepareWanted(runtime: Runtime, context: CallContext, wanted: Wanted): Promise<SearchInput> {
  const scope = runtime.runner.readScope(context)
  const { permission } = contract.searchRuns.needs
  await runtime.authorize(scope, permission, ref('list', 'experiment'))
  const nowMs = runtime.nowMs()
  const condition = conditionOf(wanted, { nowMs, me: context.actor.name })
  const asked = wanted.experiments === undefined ? undefined : await numbersOf(runtime, context, wanted.experiments)
  const experiments = await visibleOf(runtime, context, asked)
  await settle(runtime, context, experiments === undefined ? 'all' : { experiments })
  const { view } = wanted
  const { workspace } = context
  return { nowMs, search: { workspace, experiments, condition, view, orders: [], limit: 1, cursor: undefined } }
}

function conditionOf({ query, filter }: Wanted, at: { nowMs: number; me: string }): Condition {
  const clauses = allOf(parseRunFilter(filter))
  if (query === undefined || query.trim() === '') return clauses
  const asked = conditionOfQuery(query, at)
  return filter === '' ? asked : { kind: 'all', of: [asked, clauses] }
}

/** Of the experiments that were asked for (or of all) those whose runs the caller may read; undefined is all there are. */
async function visibleOf(
  runtime: Runtime,
  context: CallContext,
  asked: readonly number[] | undefined,
): Promise<readonly number[] | undefined> {
  const scope = runtime.runner.readScope(context)
  const visible = await runtime.visible(scope, contract.searchRuns.needs.permission, 'experiment')
  if (visible.byDefault && visible.except.length === 0) return asked
  const numbers = asked ?? (await storeOf(scope.db, context.workspace).experiments.numbers())
  return numbers.filter((number) => isVisible(visible, `#${number}`))
}

/** Unknown experiments have no runs, so a name that is none is left out; a number need not be looked up. */
async function numbersOf(runtime: Runtime, context: CallContext, experiments: readonly string[]): Promise<number[]> {
  const { db, workspace } = runtime.runner.readScope(context)
  const store = storeOf(db, workspace)
  const numbers = new Set<number>()
  for (const experiment of experiments) {
    const number = /^#(\d{1,15})$/.exec(experiment)?.[1]
    const found = number === undefined ? (await lookUpExperiment(store, experiment))?.number : Number(number)
    if (found !== undefined) numbers.add(found)
  }
  return [...numbers]
}
