/** What reads of runs on a reader thread are made of; for dialects, whose answers have their own form. */
import type { ReadContext } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import { inputRows } from '../store/input-rows.ts'
import type { ModelLink } from '../store/logged-models/model-link-rows.ts'
import { modelLinkRows } from '../store/logged-models/model-link-rows.ts'
import type { RunData } from '../model/run.ts'
import { tokenOf } from '../search/model/page-token.ts'
import type { RunSearch } from '../search/model/run-search.ts'
import { findRuns } from '../search/store/find-runs.ts'
import type { RunDocument } from '../search/store/read-documents.ts'
import { readDocuments } from '../search/store/read-documents.ts'
import type { TrackingTables } from '../store/tables.ts'

export type { ModelLink, RunData, RunDocument, RunSearch }
export { readDocuments }

/** The ids of one page of a search, and where the next one starts. */
export async function findPage(
  context: ReadContext,
  { search, nowMs }: { search: RunSearch; nowMs: number },
): Promise<{ ids: string[]; nextPageToken?: string }> {
  const found = await findRuns(context, search, nowMs)
  const page = found.slice(0, search.limit)
  const last = page.at(-1)
  const more = found.length > search.limit && last !== undefined
  return {
    ids: page.map(({ id }) => id),
    ...(more ? { nextPageToken: tokenOf(last.cursor, search.orders) } : {}),
  }
}

/** The data that runs used, by run. */
export function dataOfRuns(
  { db }: ReadContext,
  workspace: string,
  ids: readonly string[],
): Promise<Map<string, RunData[]>> {
  return inputRows(tables<TrackingTables>(db), workspace).ofRuns(ids)
}

/** The logged models that runs took and made, by run. */
export function modelsOfRuns(
  { db }: ReadContext,
  workspace: string,
  ids: readonly string[],
): Promise<Map<string, ModelLink[]>> {
  return modelLinkRows(tables<TrackingTables>(db), workspace).ofRuns(ids)
}
