import { ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { action, query } from '../../store/tracking.ts'

/** What was taken from a source, a page at a time. */
export const readImports = query(contract.readImports, async ({ store, input }) => {
  const { source, kind, id } = input
  if (id === undefined) return { items: await store.imports.page(source, kind, input) }
  return { items: [...(await store.imports.some(source, kind, [id])).values()] }
})

/** Notes what was taken by other means than the actions beside this one. */
export const recordImports = action(contract.recordImports, async ({ store, input, nowMs }) => {
  await store.imports.put(input.source, input.kind, input.items, nowMs)
  return {
    answer: {},
    audit: { object: ref('import', input.source), after: { kind: input.kind, taken: input.items.length } },
  }
})
