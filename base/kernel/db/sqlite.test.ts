import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { openSqlite } from './sqlite.ts'

async function openStore() {
  const path = join(await temporaryFolder(), 'store.db')
  const store = openSqlite({ path })
  onTestFinished(() => store.close())
  await store.write((tx) => sql`create table item (name text primary key)`.execute(tx))
  return { store, path }
}

describe('group commit', () => {
  it('undoes a write that fails and keeps the rest of its group', async () => {
    const { store } = await openStore()
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        store.write(async (tx) => {
          await sql`insert into item values (${`i${index}`})`.execute(tx)
          if (index % 4 === 0) throw new Error('changed my mind')
        }),
      ),
    )
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(30)
    const { rows } = await sql<{ n: number }>`select count(*) as n from item`.execute(store.reader)
    expect(rows).toEqual([{ n: 30 }])
  })
  it('fails every write of a group whose disk is full, loses none of those before, and works again', async () => {
    const { store } = await openStore()
    await store.write((tx) => sql`insert into item values ('before')`.execute(tx))
    await store.write((tx) => sql`pragma max_page_count = 20`.execute(tx))
    const big = 'x'.repeat(200_000)
    const results = await Promise.allSettled([
      store.write((tx) => sql`insert into item values ('small')`.execute(tx)),
      store.write((tx) => sql`insert into item values (${big})`.execute(tx)),
    ])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    expect(results[1]).toMatchObject({ reason: { status: 507, code: 'storage/full' } })
    await store.write((tx) => sql`pragma max_page_count = 100000`.execute(tx))
    await store.write((tx) => sql`insert into item values ('after')`.execute(tx))
    const { rows } = await sql<{ name: string }>`select name from item order by name`.execute(store.reader)
    expect(rows.map((row) => row.name)).toEqual(['after', 'before'])
  })
  it('acknowledges nothing before it is in the file', async () => {
    const { store, path } = await openStore()
    await store.write((tx) => sql`insert into item values ('a')`.execute(tx))
    const other = new DatabaseSync(path, { readOnly: true })
    expect(other.prepare('select count(*) as n from item').get()).toMatchObject({ n: 1 })
    other.close()
  })
  it('refuses after the commit that the refusal rests on, so that who is refused can read why', async () => {
    const { store } = await openStore()
    const insert = store.write((tx) => sql`insert into item values ('taken')`.execute(tx))
    const refused = store.write(() => Promise.reject(new Error('it is taken')))
    const seen = await refused.catch(async () => sql<{ name: string }>`select name from item`.execute(store.reader))
    expect(seen).toMatchObject({ rows: [{ name: 'taken' }] })
    await insert
  })
  it('finishes what was queued before it closes, and refuses what comes later', async () => {
    const { store } = await openStore()
    const pending = store.write((tx) => sql`insert into item values ('last')`.execute(tx))
    await store.close()
    await expect(pending).resolves.toBeDefined()
    await expect(store.write(async () => {})).rejects.toMatchObject({ status: 503 })
  })
})
