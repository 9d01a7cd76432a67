import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@millrace/contract'
import { CompiledQuery, sql } from 'kysely'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Database, Dialect, MigrationSet } from '../db/db.ts'
import { migrate, openPostgres, openSqlite } from '../db/db.ts'
import { openLocalDisk } from '../object-store/local-disk.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { temporaryFolder } from '../testing/testing.ts'
import type { RowSnapshot } from './backup.ts'
import {
  listBackups,
  readArchive,
  readRepository,
  restoreBackup,
  snapshotPostgres,
  snapshotSqlite,
  takeBackup,
  writeArchive,
  writeRepository,
} from './backup.ts'

/** A store of a kind with one table that holds what is hard to keep. */
interface Store {
  readonly database: Database
  readonly openRows: () => Promise<RowSnapshot>
}

const sets: readonly MigrationSet[] = [
  {
    domain: 'odd',
    migrations: {
      '0001-create': {
        up: async (db, dialect) => {
          const isSqlite = dialect === 'sqlite'
          const counting = isSqlite ? sql`integer primary key autoincrement` : sql`bigserial primary key`
          await sql`create table odd_value (position ${counting}, name text, large bigint, ratio double precision,
            bytes ${isSqlite ? sql`blob` : sql`bytea`})`.execute(db)
          await sql`insert into odd_value (name) values ('from the migration')`.execute(db)
        },
      },
    },
  },
]

async function openSqliteStore(): Promise<Store> {
  const path = join(await temporaryFolder(), 'odd.db')
  const database = openSqlite({ path })
  onTestFinished(() => database.close())
  return { database, openRows: () => snapshotSqlite(path) }
}

async function openPostgresStore(): Promise<Store> {
  const connectionString = process.env['MILLRACE_TEST_POSTGRES_URL'] ?? ''
  const schema = `b_${randomBytes(8).toString('hex')}`
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) => {
      const type: number = oid
      return type === 20 ? BigInt : (pg.types.getTypeParser(oid, format) as (value: string) => unknown)
    },
  }
  const pool = () => new pg.Pool({ connectionString, max: 2, options: `-c search_path=${schema}`, types })
  const admin = new pg.Client({ connectionString })
  await admin.connect()
  await admin.query(`create schema ${schema}`)
  const database = openPostgres({ pool: pool() })
  onTestFinished(async () => {
    await database.close()
    await admin.query(`drop schema ${schema} cascade`)
    await admin.end()
  })
  return { database, openRows: () => snapshotPostgres(pool()) }
}

const opening = { sqlite: openSqliteStore, postgres: openPostgresStore }

async function fill({ database }: Store): Promise<void> {
  await migrate(database, sets, 7)
  const values = [
    ['emoji 🌊, quote " and\nline', 2n ** 62n, Number.POSITIVE_INFINITY, Buffer.from([0, 255, 10, 13])],
    ['', -1n, 0.1, Buffer.alloc(0)],
    [null, null, null, randomBytes(3000)],
  ]
  await database.write(async (tx) => {
    const mark = (number: number) => (database.dialect === 'postgres' ? `$${number}` : '?')
    const text = `insert into odd_value (name, large, ratio, bytes) values (${[1, 2, 3, 4].map(mark).join(', ')})`
    for (const row of values) await tx.executeQuery(CompiledQuery.raw(text, row))
    // The last number given out is one that is gone.
    await sql`insert into odd_value (name) values ('gone')`.execute(tx)
    await sql`delete from odd_value where name = 'gone'`.execute(tx)
  })
}

async function contentOf(openRows: Store['openRows']): Promise<unknown[]> {
  const snapshot = await openRows()
  const rows: unknown[] = []
  for (const { name, columns } of snapshot.tables) {
    for await (const row of snapshot.rows(name)) {
      const plain = row.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value))
      rows.push([name, columns, ...plain.map((value) => (typeof value === 'number' ? value : String(value)))])
    }
  }
  await snapshot.close()
  return rows.map((row) => JSON.stringify(row)).toSorted()
}

async function nextPosition({ database }: Store): Promise<number> {
  return database.write(async (tx) => {
    const { rows } = await sql<{
      position: number
    }>`insert into odd_value (name) values ('next') returning position`.execute(tx)
    return Number(rows[0]?.position)
  })
}

async function partsOf(store: Pick<Store, 'openRows'>) {
  const folder = await temporaryFolder()
  const objects = await openLocalDisk(join(folder, 'objects'))
  const files = await openLocalDisk(join(folder, 'files'))
  const parts = {
    openRows: store.openRows,
    objects: { store: objects, folders: [''] },
    files: { store: files, isKept: (key: string) => !key.startsWith('cache/') },
    temporaryFolder: folder,
    nowMs: Date.now,
    progress: () => {},
  }
  return { folder, objects, files, parts, archive: join(folder, 'b.tar.zst') }
}

async function restore(source: Parameters<typeof restoreBackup>[1], store: Store) {
  const folder = await temporaryFolder()
  const objects = await openLocalDisk(join(folder, 'objects'))
  const files = await openLocalDisk(join(folder, 'files'))
  const openDatabase = async () => ({ database: store.database, sets, close: async () => {} })
  const parts = { objects, files, openDatabase, temporaryFolder: folder, progress: () => {} }
  return { report: await restoreBackup(parts, source), objects, files }
}

const get = async (store: ObjectStore, key: string) => text(await store.get(key))
const put = (store: ObjectStore, key: string, value: string) => store.put(key, Buffer.from(value))

describe('a backup', () => {
  const kinds: readonly Dialect[] = ['sqlite', 'postgres']
  for (const from of kinds) {
    for (const to of kinds) {
      it(`of ${from} restored to ${to} is equal in every value, and counts on where it was`, async () => {
        const [source, target] = [await opening[from](), await opening[to]()]
        await fill(source)
        const { objects, files, parts, archive } = await partsOf(source)
        await put(objects, 'experiments/1/model.onnx', 'bytes')
        await put(objects, 'empty', '')
        await put(files, 'secrets.key', 'secret')
        await put(files, 'cache/x', 'left out')
        await takeBackup(parts, await writeArchive(archive, Date.now))
        const restored = await restore(await readArchive(archive), target)
        expect(restored.report).toMatchObject({ tables: 2, rows: 5, files: 4 })
        expect(await contentOf(target.openRows)).toEqual(await contentOf(source.openRows))
        expect(await nextPosition(target)).toBe(await nextPosition(source))
        expect(await get(restored.objects, 'experiments/1/model.onnx')).toBe('bytes')
        expect(await get(restored.objects, 'empty')).toBe('')
        expect(await get(restored.files, 'secrets.key')).toBe('secret')
        expect(await restored.files.stat('cache/x')).toBeUndefined()
      })
    }
  }

  it('that is cut off or changed anywhere restores nothing and says so', async () => {
    const source = await openSqliteStore()
    await fill(source)
    const { objects, parts, archive } = await partsOf(source)
    await objects.put('large', randomBytes(300_000))
    await takeBackup(parts, await writeArchive(archive, Date.now))
    const whole = await readFile(archive)
    const broken = `${archive}.broken.tar.zst`
    for (let cut = 0; cut < whole.byteLength; cut += Math.ceil(whole.byteLength / 9)) {
      await writeFile(broken, whole.subarray(0, cut))
      await expect(readArchive(broken)).rejects.toMatchObject({ code: 'backup/not-a-backup' })
      const changed = Buffer.from(whole)
      changed.writeUInt8((changed[cut] ?? 0) ^ 0x55, cut)
      await writeFile(broken, changed)
      const restoring = (async () => restore(await readArchive(broken), await openSqliteStore()))()
      await expect(restoring).rejects.toSatisfy((error) => error instanceof Problem && error.code.startsWith('backup/'))
    }
  })

  it('that fails leaves no file, and one that is there is not overwritten', async () => {
    const { folder, parts, archive } = await partsOf({
      openRows: async () => {
        throw new Error('the database went away')
      },
    })
    await expect(takeBackup(parts, await writeArchive(archive, Date.now))).rejects.toThrow('went away')
    expect((await readdir(folder)).toSorted()).toEqual(['files', 'objects'])
    await writeFile(archive, 'mine')
    await expect(writeArchive(archive, Date.now)).rejects.toMatchObject({ code: 'backup/exists' })
  })

  it('holds files as they were when its rows were read', async () => {
    const source = await openSqliteStore()
    await fill(source)
    const { objects, parts, archive } = await partsOf(source)
    await put(objects, 'replaced-before', 'old')
    await put(objects, 'replaced-after', 'old')
    await put(objects, 'deleted-after', 'old')
    const openRows = async (): Promise<RowSnapshot> => {
      await put(objects, 'replaced-before', 'newer')
      await put(objects, 'made-before', 'new')
      const snapshot = await source.openRows()
      const close = async () => {
        await sleep(20)
        await put(objects, 'replaced-after', 'too new')
        await put(objects, 'made-after', 'too new')
        await objects.delete('deleted-after')
        await snapshot.close()
      }
      return { ...snapshot, close }
    }
    await takeBackup({ ...parts, openRows }, await writeArchive(archive, Date.now))
    const restored = await restore(await readArchive(archive), await openSqliteStore())
    const keys: string[] = []
    for await (const { key } of restored.objects.list('')) keys.push(`${key}=${await get(restored.objects, key)}`)
    expect(keys).toEqual(['deleted-after=old', 'made-before=new', 'replaced-after=old', 'replaced-before=newer'])
  })

  it('of a folder stores what did not change once, and each can be restored', async () => {
    const source = await openSqliteStore()
    await fill(source)
    const { folder, objects, parts } = await partsOf(source)
    const repository = await openLocalDisk(join(folder, 'repository'))
    await put(objects, 'a', 'one')
    await put(objects, 'b', 'two')
    const first = await takeBackup(parts, await writeRepository(repository))
    await put(objects, 'b', 'changed')
    await sleep(5)
    const second = await takeBackup(parts, await writeRepository(repository))
    expect([first.newFiles, second.newFiles, second.files]).toEqual([2, 1, 3])
    expect(await listBackups(repository)).toEqual([first.id, second.id])
    for (const [id, b] of [
      [first.id, 'two'],
      [undefined, 'changed'],
    ] as const) {
      const restored = await restore(await readRepository(repository, 'r', id), await openSqliteStore())
      expect([await get(restored.objects, 'a'), await get(restored.objects, 'b')]).toEqual(['one', b])
    }
    await expect(readRepository(repository, 'r', 'other')).rejects.toMatchObject({ code: 'backup/not-a-backup' })
  })

  it('of a version that knows more migrations is refused by name', async () => {
    const source = await openSqliteStore()
    await fill(source)
    const { parts, archive } = await partsOf(source)
    await takeBackup(parts, await writeArchive(archive, Date.now))
    const { database } = await openSqliteStore()
    const older = [{ domain: 'odd', migrations: {} }]
    const folder = await temporaryFolder()
    const store = await openLocalDisk(folder)
    const openDatabase = async () => ({ database, sets: older, close: async () => {} })
    const into = { objects: store, files: store, openDatabase, temporaryFolder: folder, progress: () => {} }
    await expect(restoreBackup(into, await readArchive(archive))).rejects.toMatchObject({ code: 'migrations/newer' })
  })
})
