import { createHash } from 'node:crypto'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createAccess, createAuthenticate, createAuthorizer, createToken, createUser } from '@millrace/access'
import { Done, endpoint, ref } from '@millrace/contract'
import type { Actor, Domain } from '@millrace/kernel'
import { operations } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { openSqlite, tables } from '@millrace/kernel/db'
import { aPerson, onEachStore, temporaryFolder, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Verification } from './contract.ts'
import { auditSink, createAudit } from './domain.ts'
import { verifyDataDir, verifyExport } from './process/verify-offline.ts'
import type { AuditTables } from './store/tables.ts'

const { action, ingest } = operations(() => ({}))
const noteContract = endpoint({
  name: 'notes.write-note',
  method: 'POST',
  path: '/notes',
  summary: 'Writes a note',
  needs: { permission: 'notes:write' },
  input: z.object({
    name: z.string(),
    text: z.string(),
    reason: z.string().optional(),
    fail: z.boolean().default(false),
  }),
  output: Done,
})
const writeNote = action(noteContract, async ({ input }) => {
  const { name, text, reason } = input
  return {
    answer: {},
    audit: [
      {
        object: ref('note', name),
        before: { text: 'old', rate: Number.NaN },
        after: { text, name },
        ...(reason === undefined ? {} : { reason }),
      },
      ...(input.fail
        ? [
            {
              object: ref('note', name),
              get after(): never {
                throw new Error('refused')
              },
            },
          ]
        : []),
    ],
  }
})
const countReads = ingest(
  endpoint({
    name: 'notes.count',
    method: 'POST',
    path: '/reads',
    summary: 'Counts',
    needs: { permission: 'notes:write' },
    input: z.object({ reads: z.int() }),
    output: Done,
  }),
  async ({ input }) => ({ answer: {}, counted: { source: ref('note', 'a'), rows: input.reads } }),
)
const notes: Domain = { name: 'notes', migrations: {}, operations: [writeNote, countReads] }
const local: Actor = { id: 'local', kind: 'local', name: 'local' }
const api = '/api/millrace/v1/w/default'

async function start(database: Database, dataDir?: string) {
  const t = await testKernel({
    database,
    ...(dataDir === undefined ? {} : { dataDir }),
    ports: (r) => ({
      authorizer: createAuthorizer(r),
      authenticate: createAuthenticate(r),
      audit: auditSink,
      lineage: { add: async () => {} },
    }),
    domains: (runtime) => [createAccess(runtime), createAudit(runtime), notes],
  })
  const write = (name: string, more: { text?: string; reason?: string; fail?: boolean } = {}, as: Actor = local) =>
    t.act(writeNote, { name, text: 'new', ...more }, { as })
  return {
    ...t,
    write,
    seal: () => t.kernel.chores.runNow('audit.seal'),
    verify: async () => (await t.app.inject(`${api}/audit/verification`)).json<Verification>(),
    list: async (query = '') =>
      (await t.app.inject(`${api}/audit${query}`)).json<{ items: Item[]; nextPageToken?: string }>(),
    headFile: join(t.runtime.dataDir, 'audit', 'default.head.json'),
    /** Changes the store behind the product's back. */
    tamper: (work: (db: ReturnType<typeof tables<AuditTables>>) => Promise<unknown>) =>
      database.write(async (tx) => void (await work(tables<AuditTables>(tx)))),
  }
}

interface Item {
  id: string
  sequence: number | null
  actor: { name: string }
  object: { id: string }
  reason?: string
  chainHash: string | null
}

onEachStore((openStore) => {
  describe('an act', () => {
    it('leaves a record with who, what and why, and the states beside it', async () => {
      const t = await start(await openStore())
      await t.write('a', { reason: 'typing error' })
      const [record] = (await t.list()).items
      expect(record).toMatchObject({
        sequence: null,
        atMs: t.clock.nowMs,
        actor: { id: 'local', kind: 'local', name: 'local' },
        action: 'notes.write-note',
        object: { kind: 'note', id: 'a' },
        reason: 'typing error',
        chainHash: null,
      })
      const detail = await t.app.inject(`${api}/audit/${record?.id ?? ''}`)
      expect(detail.json()).toMatchObject({
        before: { text: 'old', rate: null },
        after: { text: 'new', name: 'a' },
        erased: false,
      })
    })
    it('that is undone leaves none', async () => {
      const t = await start(await openStore())
      await expect(t.write('a', { fail: true })).rejects.toThrow('refused')
      expect((await t.list()).items).toEqual([])
    })
    it('of a flood is one line per source and minute', async () => {
      const t = await start(await openStore())
      for (const reads of [3, 4]) await t.ingest(countReads, { reads }, { as: local })
      t.clock.advance(60_000)
      await t.kernel.chores.runNow('kernel.close-ingest-counts')
      const { items } = await t.list()
      expect(items).toHaveLength(1)
      const detail = await t.app.inject(`${api}/audit/${items[0]?.id ?? ''}`)
      expect(detail.json()).toMatchObject({ action: 'notes.count', after: { rows: 7, requests: 2 } })
    })
  })

  describe('the list', () => {
    it('finds by object, kind, actor, action and time, newest first, in pages', async () => {
      const t = await start(await openStore())
      const bo = await t.act(createUser, { name: 'bo', roles: ['editor'] }, { as: local })
      const beginMs = t.clock.nowMs
      for (const name of ['a', 'b', 'c']) {
        t.clock.advance(1000)
        await t.write(name, {}, name === 'b' ? { ...aPerson('bo'), id: bo.id } : local)
      }
      const objects = async (query: string) => (await t.list(query)).items.map((item) => item.object.id)
      expect(await objects('?action=notes.*')).toEqual(['c', 'b', 'a'])
      expect(await objects('?object=b')).toEqual(['b'])
      expect(await objects('?kind=note&actor=bo')).toEqual(['b'])
      expect(await objects(`?actor=${bo.id}`)).toEqual(['b'])
      expect(await objects('?action=access.create-user')).toEqual([bo.id])
      expect(await objects(`?fromMs=${beginMs + 2000}&toMs=${beginMs + 3000}`)).toEqual(['b'])
      const first = await t.list('?limit=2')
      const second = await t.list(`?limit=2&pageToken=${first.nextPageToken ?? ''}`)
      expect([...first.items, ...second.items].map((item) => item.object.id)).toEqual(['c', 'b', 'a', bo.id])
      expect(second.nextPageToken).toBeUndefined()
    })
    it('answers wrong questions with a sentence', async () => {
      const t = await start(await openStore())
      for (const query of ['limit=0', 'fromMs=soon', 'action=%25']) {
        expect((await t.app.inject(`${api}/audit?${query}`)).json()).toMatchObject({ status: 400 })
      }
      expect((await t.app.inject(`${api}/audit/nothing`)).json()).toMatchObject({
        status: 404,
        code: 'audit/no-such-record',
      })
    })
    it('shows nothing of another workspace', async () => {
      const t = await start(await openStore())
      await t.app.inject({ method: 'POST', url: '/api/millrace/v1/workspaces', payload: { name: 'team' } })
      await t.act(writeNote, { name: 'secret', text: 'x' }, { as: local, workspace: 'team' })
      expect((await t.list('?kind=note')).items).toEqual([])
      await t.seal()
      const inTeam = await t.app.inject('/api/millrace/v1/w/team/audit/verification')
      expect(inTeam.json()).toMatchObject({ ok: true, length: 1 })
    })
  })

  describe('the sealer', () => {
    it('links records in the order of their writing and keeps the head outside the store', async () => {
      const t = await start(await openStore())
      for (const name of ['a', 'b', 'c']) await t.write(name)
      expect(await t.verify()).toMatchObject({ ok: true, length: 0, head: null, unsealed: 3 })
      await t.seal()
      const items = (await t.list()).items.toReversed()
      expect(items.map((item) => [item.object.id, item.sequence])).toEqual([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ])
      const verdict = await t.verify()
      expect(verdict).toMatchObject({ ok: true, length: 3, unsealed: 0, head: items[2]?.chainHash })
      expect(JSON.parse(await readFile(t.headFile, 'utf8'))).toEqual({ length: 3, hash: verdict.head })
    })
    it('makes chain hashes that anybody can make again', async () => {
      const t = await start(await openStore())
      await t.write('a')
      await t.seal()
      const [record] = (await t.list()).items as (Item & { digest: string })[]
      const again = createHash('sha256')
        .update('0'.repeat(64) + (record?.digest ?? ''))
        .digest('hex')
      expect(record?.chainHash).toBe(again)
    })
    it('seals many at once, and what two processes record at the same time', async () => {
      const database = await openStore('both')
      const t = await start(database)
      const other = await start(await openStore('both'), t.runtime.dataDir)
      const rounds = Array.from({ length: 150 }, (_, index) => [t.write(`a${index}`), other.write(`b${index}`)])
      await Promise.all([...rounds.flat(), t.seal()])
      await t.seal()
      expect(await t.verify()).toMatchObject({ ok: true, length: 300, unsealed: 0 })
    })
    it('brings the head file forward after a crash between commit and file', async () => {
      const dataDir = await temporaryFolder()
      const t = await start(await openStore('crash'), dataDir)
      await t.write('a')
      await t.seal()
      const old = await readFile(t.headFile, 'utf8')
      await t.write('b')
      await t.seal()
      await writeFile(t.headFile, old)
      expect(await t.verify()).toMatchObject({ ok: true, length: 2 })
      const again = await start(await openStore('crash'), dataDir)
      await again.seal()
      expect(JSON.parse(await readFile(t.headFile, 'utf8'))).toMatchObject({ length: 2 })
    })
    it('seals what is left when the server stops', async () => {
      const dataDir = await temporaryFolder()
      const t = await start(await openStore('stop'), dataDir)
      await t.write('a')
      for (const domain of t.kernel.domains.toReversed()) await domain.stop?.()
      expect(await t.verify()).toMatchObject({ ok: true, length: 1, unsealed: 0 })
    })
  })

  describe('the verification', () => {
    const sealed = async () => {
      const t = await start(await openStore())
      for (const name of ['a', 'b', 'c', 'd']) await t.write(name)
      await t.seal()
      expect(await t.verify()).toMatchObject({ ok: true, length: 4 })
      return t
    }
    it('finds a changed byte in the store', async () => {
      const t = await sealed()
      await t.tamper((db) =>
        db.updateTable('audit_record').set({ actor_name: 'locak' }).where('sequence', '=', 2).execute(),
      )
      expect(await t.verify()).toMatchObject({ ok: false, firstBad: { sequence: 2 } })
    })
    it('finds a changed state', async () => {
      const t = await sealed()
      const { id } = (await t.list('?object=c')).items[0] ?? { id: '' }
      await t.tamper((db) => db.updateTable('audit_payload').set({ after: '{}' }).where('record_id', '=', id).execute())
      expect(await t.verify()).toMatchObject({ ok: false, firstBad: { sequence: 3, id } })
    })
    it('finds a removed record', async () => {
      const t = await sealed()
      await t.tamper((db) => db.deleteFrom('audit_record').where('sequence', '=', 2).execute())
      expect(await t.verify()).toMatchObject({ ok: false, firstBad: { sequence: 3 } })
    })
    it('finds a reordering', async () => {
      const t = await sealed()
      const move = (from: number, to: number) =>
        t.tamper((db) => db.updateTable('audit_record').set({ sequence: to }).where('sequence', '=', from).execute())
      await move(2, 99)
      await move(3, 2)
      await move(99, 3)
      expect(await t.verify()).toMatchObject({ ok: false, firstBad: { sequence: 2 } })
    })
    it('finds a truncated end, and sealing on does not hide it', async () => {
      const t = await sealed()
      await t.tamper((db) => db.deleteFrom('audit_record').where('sequence', '>=', 3).execute())
      expect(await t.verify()).toMatchObject({ ok: false, length: 2, firstBad: { sequence: 3, id: null } })
      const before = await readFile(t.headFile, 'utf8')
      for (const name of ['e', 'f', 'g']) await t.write(name)
      await t.seal()
      expect(await readFile(t.headFile, 'utf8')).toBe(before)
      expect(await t.verify()).toMatchObject({ ok: false, firstBad: { sequence: 4 } })
    })
    it('does not trust a damaged head file', async () => {
      const t = await sealed()
      await writeFile(t.headFile, '{"length":')
      expect(await t.verify()).toMatchObject({
        ok: false,
        firstBad: { reason: expect.stringContaining('damaged') as unknown },
      })
    })
    it('stays whole when a state is erased, which is itself recorded', async () => {
      const t = await sealed()
      const { id } = (await t.list('?object=b')).items[0] ?? { id: '' }
      const erase = () =>
        t.app.inject({ method: 'POST', url: `${api}/audit/${id}/erasure`, payload: { reason: 'asked for' } })
      expect((await erase()).statusCode).toBe(200)
      expect((await erase()).statusCode).toBe(200)
      await t.seal()
      expect(await t.verify()).toMatchObject({ ok: true, length: 5, erased: 1 })
      const detail = (await t.app.inject(`${api}/audit/${id}`)).json<Record<string, unknown>>()
      expect(detail).toMatchObject({ erased: true })
      expect(detail).not.toHaveProperty('after')
    })
  })

  describe('the export', () => {
    it('carries the whole chain, and verifies by itself', async () => {
      const t = await start(await openStore())
      for (const name of ['a', 'b', 'c']) await t.write(name)
      await t.seal()
      await t.write('d')
      const exported = await t.app.inject(`${api}/audit/export`)
      expect(exported.headers['content-type']).toContain('application/x-ndjson')
      const path = join(await temporaryFolder(), 'audit.jsonl')
      await writeFile(path, exported.body)
      expect(await verifyExport(path)).toMatchObject({ ok: true, workspace: 'default', length: 3, unsealed: 1 })
      const lines = exported.body.trimEnd().split('\n')
      const broken: [string, string[], object][] = [
        ['changed', lines.with(2, (lines[2] ?? '').replace('\\"b\\"', '\\"x\\"')), { sequence: 2 }],
        ['removed', lines.toSpliced(2, 1), { sequence: 3 }],
        ['reordered', [lines[0] ?? '', lines[2] ?? '', lines[1] ?? '', ...lines.slice(3)], { sequence: 2 }],
        ['truncated', lines.slice(0, 3), { sequence: 3, id: null }],
      ]
      for (const [what, text, firstBad] of broken) {
        await writeFile(path, text.join('\n'))
        expect({ what, ...(await verifyExport(path)) }).toMatchObject({ what, ok: false, firstBad })
      }
      await writeFile(path, lines.with(1, '{"id":1}').join('\n'))
      await expect(verifyExport(path)).rejects.toThrow(/line 2 has no usable/)
      await writeFile(path, 'hello')
      await expect(verifyExport(path)).rejects.toMatchObject({ code: 'audit/not-an-export' })
      await expect(verifyExport(`${path}.none`)).rejects.toMatchObject({ code: 'audit/unreadable' })
    })
    it('is for administrators', async () => {
      const t = await start(await openStore())
      await t.act(createUser, { name: 'bo', roles: ['editor'] }, { as: local })
      const { token } = await t.act(createToken, { user: 'bo', name: 'x' }, { as: local })
      const headers = { authorization: `Bearer ${token}` }
      expect((await t.app.inject({ url: `${api}/audit/export`, headers })).json()).toMatchObject({ status: 403 })
      expect((await t.app.inject({ url: `${api}/audit`, headers })).statusCode).toBe(200)
      expect((await t.list()).items.map((item) => item.object)).toHaveLength(2)
      expect((await t.app.inject(`${api}/audit/export`)).body).not.toContain(token)
    })
  })
})

describe('verifying a data directory offline', () => {
  const directory = async () => {
    const dataDir = await temporaryFolder()
    const t = await start(openSqlite({ path: join(dataDir, 'millrace.db') }), dataDir)
    for (const name of ['a', 'b', 'c']) await t.write(name)
    await t.seal()
    return { t, dataDir, path: join(dataDir, 'millrace.db') }
  }
  it('finds a whole chain while the server runs, and its tail', async () => {
    const { t, dataDir } = await directory()
    await t.write('d')
    expect(await verifyDataDir(dataDir)).toMatchObject({
      ok: true,
      workspaces: [{ workspace: 'default', ok: true, length: 3, unsealed: 1 }],
    })
  })
  it('finds what was changed in a copy, which it leaves as it is', async () => {
    const { t, dataDir } = await directory()
    const copy = await temporaryFolder()
    await t.runtime.database.copyTo?.(join(copy, 'millrace.db'))
    const db = new DatabaseSync(join(copy, 'millrace.db'))
    db.exec(`pragma journal_mode = delete; update audit_record set object_id = 'x' where sequence = 2`)
    db.close()
    const before = await readFile(join(copy, 'millrace.db'))
    expect(await verifyDataDir(copy)).toMatchObject({ ok: false, workspaces: [{ firstBad: { sequence: 2 } }] })
    expect((await readFile(join(copy, 'millrace.db'))).equals(before)).toBe(true)
    expect((await verifyDataDir(dataDir)).ok).toBe(true)
  })
  it('finds a chain that is gone altogether, since its head file is there', async () => {
    const { t, dataDir, path } = await directory()
    const db = new DatabaseSync(path, { timeout: 5000 })
    db.exec('delete from audit_record')
    db.close()
    expect(await verifyDataDir(dataDir)).toMatchObject({
      ok: false,
      workspaces: [{ length: 0, firstBad: { sequence: 1 } }],
    })
    await copyFile(t.headFile, join(dataDir, 'audit', 'ghost.head.json'))
    expect((await verifyDataDir(dataDir)).workspaces.map((found) => found.workspace)).toEqual(['default', 'ghost'])
  })
  it('says when there is nothing to verify', async () => {
    const empty = await temporaryFolder()
    await expect(verifyDataDir(empty)).rejects.toMatchObject({ code: 'audit/no-store' })
    await writeFile(join(empty, 'millrace.db'), 'not a database')
    await expect(verifyDataDir(empty)).rejects.toMatchObject({ code: 'audit/unreadable' })
  })
})
