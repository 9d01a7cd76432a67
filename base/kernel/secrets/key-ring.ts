import { createHash, randomBytes, scryptSync } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { secretsProblem } from './secrets-problem.ts'

const keyBytes = 32

/** One key of 256 bits; its id is a part of its digest, so every process names it alike. */
export interface SealingKey {
  readonly id: string
  readonly bytes: Buffer
}

/** A key as somebody wrote it down: 32 bytes in base64 or hex, or else a passphrase (scrypt, N = 2^15). */
export function keyFrom(text: string): SealingKey {
  const written = text.trim()
  const bytes = rawKey(written) ?? scryptSync(written, 'millrace secrets', keyBytes, { N: 2 ** 15, maxmem: 2 ** 26 })
  return { id: idOf(bytes), bytes }
}

/** A new random key. */
export function newKey(): SealingKey {
  const bytes = randomBytes(keyBytes)
  return { id: idOf(bytes), bytes }
}

/** The keys of a file, newest first; none when there is no such file. Throws `secrets/unreadable-keys`. */
export function readKeyFile(path: string): SealingKey[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw secretsProblem['unreadable-keys']({ path, reason: reasonOf(error) }, error)
  }
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#')).map(keyFrom)
  if (keys.length === 0) throw secretsProblem['unreadable-keys']({ path, reason: 'it holds no key' })
  return keys
}

/** Writes the keys, newest first, so that only this user can read them; a crash leaves the old file or the new one. */
export function writeKeyFile(path: string, keys: readonly SealingKey[]): void {
  mkdirSync(dirname(path), { recursive: true })
  const lines = keys.map((key) => key.bytes.toString('base64'))
  const text = `# Keys of what Millrace keeps sealed, newest first. Without them it cannot be opened: back them up apart from the data.\n${lines.join('\n')}\n`
  const draft = `${path}.${process.pid}.new`
  const file = openSync(draft, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
}

function rawKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}

function idOf(bytes: Buffer): string {
  return createHash('sha256').update('millrace key id').update(bytes).digest('hex').slice(0, 12)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
