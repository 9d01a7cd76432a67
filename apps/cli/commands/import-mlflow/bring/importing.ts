import type { ApiClient } from '@millrace/terminal'
import type { ImportReport } from '../report.ts'
import type { MlflowSource } from '../source.ts'

/** What every part of an import works with. */
export interface Importing {
  readonly source: MlflowSource
  readonly api: ApiClient
  readonly token: string | undefined
  readonly report: ImportReport
  readonly dryRun: boolean
  /** Leave alone what was taken whole before, without looking for changes. */
  readonly onlyNew: boolean
  readonly sinceMs: number | undefined
  /** Only some experiments or runs were asked for. */
  readonly partly: boolean
  /** How many of a kind are done so far. */
  readonly progress: (kind: string, done: number, total: number) => void
}

/** What was taken before, by the id at the source: how it looked then. */
export type Known = ReadonlyMap<string, string>

interface Records {
  readonly items: readonly { readonly sourceId: string; readonly state: string }[]
}

const pageLength = 10_000

/** Reads what was taken of a kind. */
export async function readKnown({ api, source }: Importing, kind: string): Promise<Known> {
  const known = new Map<string, string>()
  for (let after = ''; ;) {
    const { items } = await api.get<Records>('/imports', { source: source.name, kind, after, limit: pageLength })
    for (const { sourceId, state } of items) known.set(sourceId, state)
    if (items.length < pageLength) return known
    after = items.at(-1)?.sourceId ?? ''
  }
}

/** Remembers what was taken by other means than the import's own actions. */
export async function remember(
  { api, source }: Importing,
  kind: string,
  states: ReadonlyMap<string, string>,
): Promise<void> {
  const items = [...states].map(([id, state]) => ({ sourceId: id, ownId: id, state }))
  for (let from = 0; from < items.length; from += 1000) {
    await api.post('/imports/records', { source: source.name, kind, items: items.slice(from, from + 1000) })
  }
}

/** Does something with each of a list, some at a time. The first failure ends it. */
export async function inParallel<T>(
  list: readonly T[],
  limit: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    for (;;) {
      const item = list[next]
      next += 1
      if (item === undefined) return
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, list.length) }, worker))
}
