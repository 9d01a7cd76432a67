import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { onEachStore } from '../testing/stores.ts'
import { reseal } from './reseal.ts'
import { createSecrets } from './secrets.ts'

function aFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-secrets-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

const fileIn = (folder: string) => ({ keyFile: join(folder, 'deep', 'secrets.key') })

describe('secrets', () => {
  it('open as what was sealed, and never look the same twice', () => {
    const secrets = createSecrets(fileIn(aFolder()))
    for (const text of ['', 'password', 'ünï 🚂 \n', 'x'.repeat(100_000)]) {
      const sealed = secrets.seal(text)
      expect(secrets.open(sealed)).toBe(text)
      expect(secrets.seal(text)).not.toBe(sealed)
    }
  })
  it('have their key in a file that only this user reads, made when something is sealed first', () => {
    const options = fileIn(aFolder())
    const secrets = createSecrets(options)
    expect(() => statSync(options.keyFile)).toThrow()
    const sealed = secrets.seal('a')
    expect(statSync(options.keyFile).mode & 0o777).toBe(0o600)
    expect(createSecrets(options).open(sealed)).toBe('a')
  })
  it('do not open with another key, nor when one character was changed', () => {
    const one = createSecrets(fileIn(aFolder()))
    const other = createSecrets(fileIn(aFolder()))
    const sealed = one.seal('a secret of ours')
    expect(() => other.open(sealed)).toThrow(/does not have/)
    const start = sealed.lastIndexOf(':') + 1
    for (let at = start; at < sealed.length - 1; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      expect(() => one.open(changed)).toThrow(/damaged/)
    }
    expect(() => one.open('a secret of ours')).toThrow(/damaged/)
    expect(() => one.open(sealed.slice(0, start + 8))).toThrow(/damaged/)
  })
  it('are sealed with a new key after one was added, and old ones open until it is forgotten', () => {
    const options = fileIn(aFolder())
    const [one, neighbour] = [createSecrets(options), createSecrets(options)]
    const old = one.seal('a')
    expect(neighbour.open(old)).toBe('a')
    one.addKey()
    expect([one.isFresh(old), one.isFresh(one.seal('b'))]).toEqual([false, true])
    // The neighbour finds the key that was added behind its back.
    expect([one.open(old), neighbour.open(one.seal('b'))]).toEqual(['a', 'b'])
    expect(one.forgetOldKeys()).toBe(1)
    expect(() => createSecrets(options).open(old)).toThrow(/does not have/)
  })
  it.each([
    ['hex', 'ab'.repeat(32)],
    ['base64', Buffer.alloc(32, 7).toString('base64')],
    ['a passphrase', 'correct horse battery staple'],
  ])('take a key given as %s, and an older one beside it', (_form, key) => {
    const options = fileIn(aFolder())
    const sealed = createSecrets({ ...options, givenKeys: [key] }).seal('a')
    expect(createSecrets({ ...options, givenKeys: ['another passphrase', key] }).open(sealed)).toBe('a')
    expect(() => createSecrets({ ...options, givenKeys: [key] }).addKey()).toThrow(/environment/)
  })
  it('say what is wrong with a key file', () => {
    const path = join(aFolder(), 'keys')
    writeFileSync(path, '# nothing here\n')
    expect(() => createSecrets({ keyFile: path }).seal('a')).toThrow(/it holds no key/)
  })
})

onEachStore((openStore) => {
  it('are sealed anew in the columns that hold them, and only where an older key did', async () => {
    const database = await openStore()
    const secrets = createSecrets(fileIn(aFolder()))
    await database.write(async (tx) => {
      await sql`create table demo_channel (workspace text, name text, secret text)`.execute(tx)
      for (const name of ['a', 'b']) {
        await sql`insert into demo_channel values ('default', ${name}, ${secrets.seal(name)})`.execute(tx)
      }
      await sql`insert into demo_channel values ('default', 'c', null)`.execute(tx)
    })
    const columns = [{ table: 'demo_channel', column: 'secret', key: ['workspace', 'name'] }]
    expect(await database.write((tx) => reseal(tx, columns, secrets))).toBe(0)
    secrets.addKey()
    expect(await database.write((tx) => reseal(tx, columns, secrets))).toBe(2)
    const { rows } = await sql<{
      name: string
      secret: string | null
    }>`select name, secret from demo_channel order by name`.execute(database.reader)
    expect(
      rows.map((row) => (row.secret === null ? null : [secrets.isFresh(row.secret), secrets.open(row.secret)])),
    ).toEqual([[true, 'a'], [true, 'b'], null])
  })
})
