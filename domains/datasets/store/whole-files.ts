import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { z } from 'zod'
import type { DatasetTables } from './tables.ts'

const Files = z.array(z.object({ digest: z.string() }))
const rowsAtOnce = 200

/**
 * The digests of all files that versions keep whole, of every workspace: such files lie under their digest alone, so one
 * workspace must not free what another names.
 */
export async function wholeDigests(db: Db): Promise<Set<string>> {
  const found = new Set<string>()
  for (let after = ''; ;) {
    const rows = await tables<DatasetTables>(db)
      .selectFrom('datasets_version')
      .select(['id', 'files'])
      .where('storage', '=', 'whole')
      .where('id', '>', after)
      .orderBy('id')
      .limit(rowsAtOnce)
      .execute()
    for (const row of rows) for (const { digest } of Files.parse(JSON.parse(row.files))) found.add(digest)
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsAtOnce) return found
    after = last.id
  }
}
