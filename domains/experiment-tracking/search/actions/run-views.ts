import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { action, query } from '../../store/tracking.ts'
import { treeOfQuery } from '../model/run-fields.ts'
import { parseRunOrders } from '../model/run-filter.ts'

/** Saves a search under a name; the same again changes nothing. Throws `bad-query`, `bad-filter`. */
export const putRunView = action(contract.putRunView, async ({ store, input, actor, nowMs }) => {
  const { name, ...spec } = input
  const tree = treeOfQuery(spec.query)
  parseRunOrders(spec.orderBy)
  const before = await store.runViews.find(name)
  if (before !== undefined && canonicalJson(before.spec) === canonicalJson(spec)) {
    return { answer: before, audit: 'unchanged' }
  }
  const view = { name, spec, tree, changedBy: actor.name, changedAtMs: nowMs }
  await store.runViews.save(view)
  return {
    answer: view,
    audit: { object: ref('run-view', name), ...(before === undefined ? {} : { before: before.spec }), after: spec },
  }
})

/** Throws `experiment-tracking/view-not-found`. */
export const readRunView = query(contract.readRunView, async ({ store, input }) => findView(store, input.name))

export const listRunViews = query(contract.listRunViews, async ({ store }) => ({ items: await store.runViews.all() }))

/** Throws `experiment-tracking/view-not-found`. */
export const deleteRunView = action(contract.deleteRunView, async ({ store, input }) => {
  const before = await findView(store, input.name)
  await store.runViews.remove(input.name)
  return { answer: {}, audit: { object: ref('run-view', input.name), before: before.spec } }
})

async function findView(store: Pick<TrackingStore, 'runViews'>, name: string) {
  const view = await store.runViews.find(name)
  if (view === undefined) throw problem['view-not-found']({ name })
  return view
}
