import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Head } from './record.ts'
import { beginning, chainHash, payloadDigest, recordDigest } from './record.ts'
import type { ChainRow } from './verify-chain.ts'
import { verifyChain } from './verify-chain.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** A chain of `length` sealed records and some unsealed ones behind them. */
function aChain(length: number, unsealed = 0): ChainRow[] {
  let hash = beginning
  return Array.from({ length: length + unsealed }, (_, index) => {
    const payload = { salt: `salt${index}`, before: null, after: `{"n":${index}}` }
    const body = {
      id: `aud_${index}`,
      workspace: 'default',
      atMs: 1_000 + index,
      actor: { id: 'usr_ann', kind: 'user', name: 'ann' },
      action: 'notes.write-note',
      object: { kind: 'note', id: `note_${index}` },
      reason: index % 2 === 0 ? null : 'because',
      requestId: '',
      beforeDigest: null,
      afterDigest: payloadDigest(payload.salt, payload.after, sha256),
    }
    const digest = recordDigest(body, sha256)
    if (index >= length) return { ...body, payload, digest, sequence: null, chainHash: null }
    hash = chainHash(hash, digest, sha256)
    return { ...body, payload, digest, sequence: index + 1, chainHash: hash }
  })
}

function headOf(rows: readonly ChainRow[]): Head {
  const last = rows.findLast((row) => row.sequence !== null)
  return { length: last?.sequence ?? 0, hash: last?.chainHash ?? '' }
}

/** Numbers and links rows anew, as somebody with the database in hands could. */
function relinked(rows: readonly ChainRow[]): ChainRow[] {
  let hash = beginning
  return rows.map((row, index) => {
    const digest = recordDigest(row, sha256)
    hash = chainHash(hash, digest, sha256)
    return { ...row, digest, sequence: index + 1, chainHash: hash }
  })
}

const swap = (rows: readonly ChainRow[], index: number) =>
  rows.map((row, at) => (at === index ? rows[index + 1] : at === index + 1 ? rows[index] : row) ?? row)

describe('verifying a chain', () => {
  it('finds nothing wrong with one that is whole, and names its unsealed tail', async () => {
    const rows = aChain(5, 2)
    expect(await verifyChain(rows, { sha256, head: headOf(rows) })).toEqual({
      ok: true,
      length: 5,
      head: rows[4]?.chainHash,
      unsealed: 2,
      unsealedIds: ['aud_5', 'aud_6'],
      erased: 0,
    })
  })
  it('takes an empty chain for whole, and one that grew since the head was written', async () => {
    expect(await verifyChain([], { sha256 })).toMatchObject({ ok: true, length: 0, head: null })
    const rows = aChain(5)
    expect(await verifyChain(rows, { sha256, head: headOf(rows.slice(0, 3)) })).toMatchObject({ ok: true, length: 5 })
  })
  it.each<[string, (row: ChainRow) => ChainRow]>([
    ['its actor', (row) => ({ ...row, actor: { ...row.actor, name: 'eve' } })],
    ['its time', (row) => ({ ...row, atMs: row.atMs + 1 })],
    ['its object', (row) => ({ ...row, object: { ...row.object, id: 'note_9' } })],
    ['its reason', (row) => ({ ...row, reason: 'another' })],
    ['its digest', (row) => ({ ...row, digest: row.digest.replace(/^./, (c) => (c === '0' ? '1' : '0')) })],
    ['its chain hash', (row) => ({ ...row, chainHash: beginning })],
    ['its state', (row) => ({ ...row, payload: { salt: 'salt2', before: null, after: '{"n":3}' } })],
    ['a state that was not there', (row) => ({ ...row, payload: { salt: 'salt2', before: '1', after: '{"n":2}' } })],
    ['its content, digest and link', (row) => relinked([{ ...row, reason: 'new' }])[0] ?? row],
  ])('finds a record with a change in %s', async (_what, change) => {
    const rows = aChain(5).map((row, index) => (index === 2 ? change(row) : row))
    const verdict = await verifyChain(rows, { sha256 })
    expect(verdict).toMatchObject({ ok: false, length: 2, firstBad: { id: 'aud_2' } })
  })
  it('finds a changed byte of any record, by whichever character it is', async () => {
    const rows = aChain(4, 1)
    const texts = rows.map((row) => JSON.stringify(row))
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 4 }), fc.nat(), async (which, where) => {
        const text = texts[which] ?? ''
        const at = where % text.length
        const changed = parsed(`${text.slice(0, at)}${text.charAt(at) === '7' ? '8' : '7'}${text.slice(at + 1)}`)
        fc.pre(changed !== undefined)
        const tampered = rows.map((row, index) => (index === which ? (changed ?? row) : row))
        const verdict = await verifyChain(tampered, { sha256, head: headOf(rows) }).catch(() => ({ ok: false }))
        expect(verdict.ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
  it('finds a removed record', async () => {
    const rows = aChain(5)
    const verdict = await verifyChain(rows.toSpliced(2, 1), { sha256 })
    expect(verdict.firstBad).toEqual({ sequence: 4, id: 'aud_3', reason: 'record number 3 is missing before it' })
  })
  it('finds a removed first record', async () => {
    expect((await verifyChain(aChain(3).slice(1), { sha256 })).firstBad).toMatchObject({ sequence: 2, id: 'aud_1' })
  })
  it('finds two records that changed places, with and without their numbers', async () => {
    const rows = aChain(5)
    expect((await verifyChain(swap(rows, 1), { sha256 })).firstBad).toMatchObject({ id: 'aud_2' })
    const renumbered = swap(rows, 1).map((row, index) => ({ ...row, sequence: index + 1 }))
    expect((await verifyChain(renumbered, { sha256 })).firstBad).toMatchObject({ sequence: 2, id: 'aud_2' })
  })
  it('finds a truncated end by the head file', async () => {
    const rows = aChain(5)
    expect(await verifyChain(rows.slice(0, 3), { sha256 })).toMatchObject({ ok: true, length: 3 })
    expect(await verifyChain(rows.slice(0, 3), { sha256, head: headOf(rows) })).toMatchObject({
      ok: false,
      firstBad: { sequence: 4, id: null, reason: expect.stringContaining('its end was cut off') as unknown },
    })
    expect((await verifyChain([], { sha256, head: headOf(rows) })).ok).toBe(false)
  })
  it('finds a chain that was written anew by the head file', async () => {
    const rows = aChain(5)
    const anew = relinked(rows.toSpliced(1, 1))
    const longer = relinked([...anew, ...rows.slice(1, 4)])
    expect((await verifyChain(longer, { sha256 })).ok).toBe(true)
    expect((await verifyChain(longer, { sha256, head: headOf(rows) })).firstBad).toMatchObject({ sequence: 5 })
  })
  it('finds a changed record among the unsealed', async () => {
    const rows = aChain(2, 2).map((row, index) => (index === 3 ? { ...row, atMs: 0 } : row))
    expect((await verifyChain(rows, { sha256 })).firstBad).toMatchObject({ sequence: null, id: 'aud_3' })
  })
  it('accepts an erased state only with a record that says so', async () => {
    const rows = aChain(3).map((row, index) => (index === 1 ? { ...row, payload: null } : row))
    expect((await verifyChain(rows, { sha256 })).firstBad).toMatchObject({ sequence: 2, id: 'aud_1' })
    const last = rows.at(-1)
    expect(last).toBeDefined()
    const erasing = { action: 'audit.erase-payload', object: { kind: 'audit-record', id: 'aud_1' }, payload: null }
    const explained = relinked([
      ...rows,
      ...(last === undefined ? [] : [{ ...last, ...erasing, afterDigest: null, id: 'aud_9' }]),
    ])
    expect(await verifyChain(explained, { sha256 })).toMatchObject({ ok: true, length: 4, erased: 1 })
  })
})

/** A row again, if the text is still JSON of the same shape. */
function parsed(text: string): ChainRow | undefined {
  try {
    return JSON.parse(text) as ChainRow // a test's own text
  } catch {
    return undefined
  }
}
