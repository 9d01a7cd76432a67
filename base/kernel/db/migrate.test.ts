import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { onEachStore } from '../testing/stores.ts'
import type { MigrationSet } from './migrate.ts'
import { migrate, pendingMigrations } from './migrate.ts'

const make = (statement: string) => ({
  up: async (db: Parameters<MigrationSet['migrations'][string]['up']>[0]) =>
    void (await sql.raw(statement).execute(db)),
})
const first: MigrationSet = { domain: 'notes', migrations: { '0001-note': make('create table notes_note (id text)') } }
const second: MigrationSet = {
  domain: 'notes',
  migrations: { ...first.migrations, '0002-tag': make('create table notes_tag (id text)') },
}
const broken: MigrationSet = {
  domain: 'notes',
  migrations: {
    ...first.migrations,
    '0002-a': make('create table notes_a (id text)'),
    '0003-b': make('create nonsense'),
  },
}

onEachStore((openStore) => {
  it('applies what is missing, once', async () => {
    const store = await openStore()
    expect(await migrate(store, [first], 1)).toEqual(['notes/0001-note'])
    expect(await pendingMigrations(store, [second])).toEqual(['notes/0002-tag'])
    expect(await migrate(store, [second], 2)).toEqual(['notes/0002-tag'])
    expect(await migrate(store, [second], 3)).toEqual([])
  })
  it('refuses a store that a newer version wrote, naming both', async () => {
    const store = await openStore()
    await migrate(store, [second], 1)
    await expect(migrate(store, [first], 2)).rejects.toThrow(
      /has migration notes\/0002-tag, and this version knows up to notes\/0001-note/,
    )
  })
  it('changes nothing when one of several fails', async () => {
    const store = await openStore()
    await migrate(store, [first], 1)
    await expect(migrate(store, [broken], 2)).rejects.toThrow()
    expect(await migrate(store, [second], 3)).toEqual(['notes/0002-tag'])
  })
  it('lets two servers start at once', async () => {
    const store = await openStore()
    const results = await Promise.all([migrate(store, [second], 1), migrate(store, [second], 1)])
    expect(results.flat().toSorted()).toEqual(['notes/0001-note', 'notes/0002-tag'])
  })
})
