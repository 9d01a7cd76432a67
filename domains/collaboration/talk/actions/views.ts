import { ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { action, query } from '../../store/collaboration.ts'

const refOf = ({ page, name }: { page: string; name: string }) => ref('page-view', `${page}#${name}`.slice(0, 256))

/** Keeps a view under a name; one of that name and page is replaced. */
export const putView = action(contract.putView, async ({ store, input, actor, nowMs }) => {
  const before = await store.views.find(input.page, input.name)
  if (before?.search === input.search) return { answer: before, audit: 'unchanged' }
  const view: contract.SavedView = { ...input, createdBy: before?.createdBy ?? actor.name, updatedAtMs: nowMs }
  await store.views.save(view)
  const was = before === undefined ? {} : { before }
  return {
    answer: view,
    events: [contract.viewsChanged({ page: view.page, name: view.name })],
    audit: { object: refOf(view), ...was, after: view },
  }
})

export const listViews = query(contract.listViews, async ({ store, input }) => ({
  items: await store.views.list(input.page),
}))

/** Forgets a view. Throws `collaboration/view-not-found`. */
export const deleteView = action(contract.deleteView, async ({ store, input }) => {
  const before = await store.views.find(input.page, input.name)
  if (before === undefined) throw contract.problem['view-not-found'](input)
  await store.views.remove(before.page, before.name)
  return {
    answer: {},
    events: [contract.viewsChanged({ page: before.page, name: before.name })],
    audit: { object: refOf(before), before },
  }
})
