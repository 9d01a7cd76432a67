import { Done, endpoint, event, id, Name, page, PageQuery, Problem, problems, ref } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { operations } from '../actions/action.ts'
import { tables } from '../db/db.ts'
import type { Domain } from '../runtime/domain.ts'
import { on } from '../runtime/domain.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { onEachStore } from './stores.ts'
import { aPerson, testKernel } from './test-kernel.ts'

// A miniature domain, so that the kernel is tested as domains use it.
const noteProblem = problems('notes', {
  exists: { status: 409, say: (p: { name: string }) => `There is a note "${p.name}" already.` },
  'not-found': { status: 404, say: (p: { name: string }) => `There is no note "${p.name}".` },
})
const noteWritten = event('notes.note.written', z.object({ id: z.string(), name: z.string() }))
const Note = z.object({ id: id('note'), name: Name, text: z.string() })
const writeContract = endpoint({
  name: 'notes.write-note',
  method: 'POST',
  path: '/notes',
  summary: 'Writes a note',
  needs: { permission: 'notes:write' },
  input: z.object({ name: Name, text: z.string().max(1000) }),
  output: Note,
  problems: [noteProblem.exists],
  status: 201,
})
const readContract = endpoint({
  name: 'notes.read-note',
  method: 'GET',
  path: '/notes/{name}',
  summary: 'Reads a note',
  needs: { permission: 'notes:read' },
  input: z.object({ name: Name }),
  output: Note,
})
const listContract = endpoint({
  name: 'notes.list',
  method: 'GET',
  path: '/notes',
  summary: 'Lists notes',
  needs: { permission: 'notes:read' },
  input: PageQuery,
  output: page(Note),
})
const twoContract = endpoint({
  name: 'notes.write-two',
  method: 'POST',
  path: '/note-pairs',
  summary: 'Writes two',
  needs: { permission: 'notes:write' },
  input: z.object({ first: Name, second: Name }),
  output: Done,
})
const deleteContract = endpoint({
  name: 'notes.delete-note',
  method: 'DELETE',
  path: '/notes/{name}',
  summary: 'Deletes',
  needs: { permission: 'notes:write' },
  input: z.object({ name: Name }),
  output: Done,
})
const countContract = endpoint({
  name: 'notes.count',
  method: 'POST',
  path: '/notes/{name}/reads',
  summary: 'Counts',
  needs: { permission: 'notes:write' },
  input: z.object({ name: Name, reads: z.int() }),
  output: Done,
})

interface NoteTables {
  notes_note: { workspace: string; id: string; name: string; text: string }
}
const { action, query, ingest } = operations((db, workspace) => {
  const notes = tables<NoteTables>(db)
  return {
    find: (name: string) =>
      notes
        .selectFrom('notes_note')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('name', '=', name)
        .executeTakeFirst(),
    list: (limit: number) =>
      notes
        .selectFrom('notes_note')
        .selectAll()
        .where('workspace', '=', workspace)
        .orderBy('name')
        .limit(limit)
        .execute(),
    add: (row: { id: string; name: string; text: string }) =>
      notes
        .insertInto('notes_note')
        .values({ workspace, ...row })
        .execute(),
    remove: (name: string) =>
      notes.deleteFrom('notes_note').where('workspace', '=', workspace).where('name', '=', name).execute(),
  }
})
const writeNote = action(writeContract, async ({ store, input, newId }) => {
  if ((await store.find(input.name)) !== undefined) throw noteProblem.exists({ name: input.name })
  const note = { id: newId('note'), ...input }
  await store.add(note)
  return {
    answer: note,
    events: [noteWritten({ id: note.id, name: note.name })],
    audit: { object: ref('note', note.id), after: note },
    edges: [{ from: ref('note', note.id), type: 'derived_from', to: ref('note', 'origin') }],
  }
})
const writeTwo = action(twoContract, async ({ call, input }) => {
  await call(writeNote, { name: input.first, text: '1' })
  await call(writeNote, { name: input.second, text: '2' })
  return { answer: {}, audit: 'unchanged' }
})
const deleteNote = action(deleteContract, async ({ store, input, guard, holds }) => {
  await guard('notes.delete-note', input)
  await holds.refuseIfHeld(ref('note', input.name))
  await store.remove(input.name)
  return { answer: {}, audit: { object: ref('note', input.name) } }
})
const readNote = query(readContract, async ({ store, input }) => {
  const note = await store.find(input.name)
  if (note === undefined) throw noteProblem['not-found']({ name: input.name })
  return note
})
const listNotes = query(listContract, async ({ store, input }) => ({ items: await store.list(input.limit) }))
const countReads = ingest(countContract, async ({ input }) => ({
  answer: {},
  counted: { source: ref('note', input.name), rows: input.reads },
}))

function createNotes(seen: string[], failTimes = { left: 0 }) {
  return (_runtime: Runtime): Domain[] => [
    {
      name: 'notes',
      migrations: {
        '0001-create-note': {
          up: async (db) => {
            await db.schema
              .createTable('notes_note')
              .addColumn('workspace', 'text')
              .addColumn('id', 'text', (c) => c.primaryKey())
              .addColumn('name', 'text')
              .addColumn('text', 'text')
              .execute()
            await db.schema
              .createIndex('notes_note_name')
              .on('notes_note')
              .columns(['workspace', 'name'])
              .unique()
              .execute()
          },
        },
      },
      operations: [writeNote, writeTwo, readNote, listNotes, deleteNote, countReads],
      guards: {
        'notes.delete-note': async (_scope, payload) => {
          if ((payload as { name: string }).name === 'champion') throw new Problem('notes/guarded', 409, 'It is live.')
        },
      },
      listens: [
        on(noteWritten, 'remember', async (payload) => {
          if (failTimes.left > 0) {
            failTimes.left -= 1
            throw new Error('not now')
          }
          seen.push(payload.name)
        }),
      ],
    },
  ]
}

onEachStore((openStore) => {
  const start = async (seen: string[] = [], failTimes = { left: 0 }) =>
    testKernel({ database: await openStore(), domains: createNotes(seen, failTimes) })

  describe('an action', () => {
    it('writes state, event, audit record and edge together, and answers after the commit', async () => {
      const t = await start()
      const note = await t.act(writeNote, { name: 'a', text: 'hello' }, { as: aPerson('bo') })
      expect(await t.ask(readNote, { name: 'a' })).toEqual(note)
      expect(await t.events()).toEqual([
        { name: 'notes.note.written', subject: note.id, payload: { id: note.id, name: 'a' } },
      ])
      expect(t.auditTrail).toMatchObject([
        { action: 'notes.write-note', actor: 'usr_bo', object: { kind: 'note', id: note.id } },
      ])
      expect(t.edges).toHaveLength(1)
    })
    it('leaves nothing behind when it refuses', async () => {
      const t = await start()
      await t.act(writeNote, { name: 'a', text: '1' })
      await expect(t.act(writeNote, { name: 'a', text: '2' })).rejects.toThrow('There is a note "a" already.')
      await expect(t.act(writeTwo, { first: 'b', second: 'a' })).rejects.toThrow(Problem)
      await expect(t.ask(readNote, { name: 'b' })).rejects.toThrow('There is no note "b".')
      expect(await t.events()).toHaveLength(1)
    })
    it('runs inner actions in its own transaction, each with its own record', async () => {
      const t = await start()
      await t.act(writeTwo, { first: 'b', second: 'c' })
      expect(t.auditTrail.map((entry) => entry.action)).toEqual(['notes.write-note', 'notes.write-note'])
      expect(await t.events('notes.note.written')).toHaveLength(2)
    })
    it('lets one of many racing writers win', async () => {
      const t = await start()
      const results = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) => t.act(writeNote, { name: 'race', text: String(index) })),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      expect(await t.events()).toHaveLength(1)
    })
    it('answers a repeated Idempotency-Key with the first answer, and refuses another body under it', async () => {
      const t = await start()
      const first = await t.act(writeNote, { name: 'k', text: '1' }, { idempotencyKey: 'x' })
      expect(await t.act(writeNote, { name: 'k', text: '1' }, { idempotencyKey: 'x' })).toEqual(first)
      await expect(t.act(writeNote, { name: 'k2', text: '1' }, { idempotencyKey: 'x' })).rejects.toMatchObject({
        status: 422,
      })
      expect(await t.events()).toHaveLength(1)
    })
    it('keeps workspaces apart', async () => {
      const t = await start()
      await t.act(writeNote, { name: 'a', text: '1' }, { workspace: 'one' })
      await t.act(writeNote, { name: 'a', text: '2' }, { workspace: 'two' })
      expect((await t.ask(readNote, { name: 'a' }, { workspace: 'two' })).text).toBe('2')
      await expect(t.ask(readNote, { name: 'a' }, { workspace: 'three' })).rejects.toMatchObject({ status: 404 })
    })
    it('asks guards and holds before it deletes', async () => {
      const t = await start()
      await expect(t.act(deleteNote, { name: 'champion' })).rejects.toThrow('It is live.')
      await expect(t.act(deleteNote, { name: 'other' })).resolves.toEqual({})
    })
  })

  describe('the outbox', () => {
    it('delivers each event once to its listener when nothing fails', async () => {
      const seen: string[] = []
      const t = await start(seen)
      for (const name of ['a', 'b', 'c']) await t.act(writeNote, { name, text: '' })
      await t.deliver()
      expect(seen.toSorted()).toEqual(['a', 'b', 'c'])
    })
    it('tries again with back-off until it works', async () => {
      const seen: string[] = []
      const t = await start(seen, { left: 3 })
      await t.act(writeNote, { name: 'a', text: '' })
      for (let round = 0; round < 5; round += 1) {
        await t.deliver()
        t.clock.advance(60_000)
      }
      expect(seen).toEqual(['a'])
    })
    it('lays a delivery aside after ten failures, and a person can replay or drop it', async () => {
      const seen: string[] = []
      const failTimes = { left: 10 }
      const t = await start(seen, failTimes)
      await t.act(writeNote, { name: 'a', text: '' })
      for (let round = 0; round < 12; round += 1) {
        await t.deliver()
        t.clock.advance(60_000)
      }
      const list = await t.app.inject('/api/millrace/v1/w/default/dead-letters')
      const [letter] = list.json<{ items: { eventId: string; error: string; attempts: number }[] }>().items
      expect(letter).toMatchObject({ error: 'not now', attempts: 10 })
      const replay = await t.app.inject({
        method: 'POST',
        url: `/api/millrace/v1/w/default/dead-letters/${letter?.eventId}/replay`,
        payload: { subscriber: 'notes/remember' },
      })
      expect(replay.statusCode).toBe(200)
      await t.deliver()
      expect(seen).toEqual(['a'])
    })
  })

  describe('ingest', () => {
    it('counts floods per source and minute, and closes the counters into audit lines', async () => {
      const t = await start()
      for (let round = 0; round < 3; round += 1) await t.ingest(countReads, { name: 'a', reads: 5 })
      t.clock.advance(120_000)
      await t.kernel.chores.runNow('kernel.close-ingest-counts')
      expect(t.auditTrail).toMatchObject([{ action: 'notes.count', after: { rows: 15, requests: 3 } }])
    })
  })

  describe('HTTP', () => {
    it('serves an operation at its contract’s address', async () => {
      const t = await start()
      const made = await t.app.inject({
        method: 'POST',
        url: '/api/millrace/v1/w/default/notes',
        payload: { name: 'a', text: 'x' },
      })
      expect(made.statusCode).toBe(201)
      const read = await t.app.inject('/api/millrace/v1/w/default/notes/a')
      expect(read.json()).toMatchObject({ name: 'a', text: 'x' })
      expect((await t.app.inject('/health')).body).toBe('OK')
    })
    it.each([
      [
        'malformed JSON',
        { headers: { 'content-type': 'application/json' }, payload: '{"name":' },
        400,
        'kernel/malformed-json',
      ],
      ['a wrong type', { payload: { name: 7, text: 'x' } }, 400, 'kernel/invalid-input'],
      ['a missing body', {}, 400, 'kernel/invalid-input'],
      ['a list for an object', { payload: [] }, 400, 'kernel/invalid-input'],
      [
        'an XML body',
        { headers: { 'content-type': 'text/xml' }, payload: '<a/>' },
        415,
        'kernel/unsupported-media-type',
      ],
      ['U+0000 in a text', { payload: { name: 'a', text: 'x\u0000' } }, 400, 'kernel/malformed-json'],
      [
        'a foreign page',
        { headers: { origin: 'https://evil.example' }, payload: { name: 'a', text: 'x' } },
        403,
        'kernel/origin-not-allowed',
      ],
      [
        'a rebound host',
        { headers: { host: 'evil.example' }, payload: { name: 'a', text: 'x' } },
        421,
        'kernel/host-not-allowed',
      ],
    ])('answers %s with a problem', async (_what, request, status, code) => {
      const t = await start()
      const answer = await t.app.inject({ method: 'POST', url: '/api/millrace/v1/w/default/notes', ...request })
      expect(answer.json()).toMatchObject({ status, code })
      expect(answer.headers['content-type']).toContain('application/problem+json')
    })
    it('counts events and deliveries for Prometheus', async () => {
      const t = await start()
      await t.act(writeNote, { name: 'a', text: '' })
      await t.deliver()
      const { body } = await t.app.inject('/metrics')
      expect(body).toContain('millrace_events_total{name="notes.note.written"} 1')
      expect(body).toContain('millrace_outbox_deliveries{state="pending"} 0')
    })
    it('describes every operation in OpenAPI', async () => {
      const t = await start()
      const document = (await t.app.inject('/api/millrace/v1/openapi.json')).json<{ paths: Record<string, unknown> }>()
      expect(Object.keys(document.paths)).toContain('/w/{workspace}/notes/{name}')
    })
  })
})
