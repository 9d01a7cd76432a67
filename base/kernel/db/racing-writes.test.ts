import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { onEachStore } from '../testing/stores.ts'

onEachStore((openStore) => {
  describe('writers that race for one key', () => {
    it('are told that it is taken by the one that has it, and never that the store failed', async () => {
      const store = await openStore()
      await store.write((tx) => sql`create table item (name text primary key, owner integer)`.execute(tx))
      for (let round = 0; round < 5; round += 1) {
        const name = `item-${round}`
        const results = await Promise.allSettled(
          Array.from({ length: 8 }, (_writer, owner) =>
            store.write(async (tx) => {
              const found = await sql`select owner from item where name = ${name}`.execute(tx)
              if (found.rows.length > 0) throw new Error('it is taken')
              await sql`insert into item values (${name}, ${owner})`.execute(tx)
            }),
          ),
        )
        const reasons = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))
        expect(reasons).toEqual(Array.from({ length: 7 }, () => 'Error: it is taken'))
      }
    })
  })
})
