import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { SealingKey } from './key-ring.ts'
import { keyFrom, newKey, readKeyFile, writeKeyFile } from './key-ring.ts'
import { secretsProblem } from './secrets-problem.ts'

const nonceBytes = 12
const tagBytes = 16
const form = /^sealed:1:([0-9a-f]{12}):([A-Za-z0-9_-]+)$/

/** Secrets at rest: AES-256-GCM under a key that lies outside the database. */
export interface Secrets {
  /** Seals a text; the answer is text too, names its key, and differs each time. */
  seal(text: string): string
  /** Opens what `seal` made, with whichever key it names. Throws `secrets/no-key`, `secrets/damaged`. */
  open(sealed: string): string
  /** True when a text was sealed with the newest key. */
  isFresh(sealed: string): boolean
  /** Makes a new key that seals from now on; older ones still open. Throws `secrets/keys-from-environment` where there is no key file. */
  addKey(): { readonly keyId: string }
  /** Drops all keys but the newest; call it only when nothing is sealed with them. Returns how many went. */
  forgetOldKeys(): number
}

export interface SecretsOptions {
  /** Where the keys lie. It is made when something is sealed first. */
  readonly keyFile: string
  /** Keys that were given instead of a file, newest first. */
  readonly givenKeys?: readonly string[]
}

/** Where a server with these settings finds its keys: the setting, else the file, else one in its data directory. */
export function secretsOptionsOf(
  config: Pick<Config, 'dataDir' | 'secretsKey' | 'secretsOldKeys' | 'secretsKeyFile'>,
): SecretsOptions {
  const { secretsKey, secretsOldKeys, secretsKeyFile } = config
  return {
    keyFile: secretsKeyFile ?? join(config.dataDir, 'secrets.key'),
    ...(secretsKey === undefined ? {} : { givenKeys: [secretsKey, ...secretsOldKeys] }),
  }
}

/** Opens the keys at their first use. */
export function createSecrets(options: SecretsOptions): Secrets {
  const ring = createRing(options)
  return {
    seal: (text) => sealWith(ring.newest(), text),
    open: (sealed) => {
      const { keyId, bytes } = partsOf(sealed)
      const key = ring.find(keyId)
      if (key === undefined) throw secretsProblem['no-key']({ keyId })
      return openWith(key, bytes)
    },
    isFresh: (sealed) => partsOf(sealed).keyId === ring.newest().id,
    addKey: () => ({ keyId: ring.add().id }),
    forgetOldKeys: () => ring.forget(),
  }
}

interface Ring {
  newest(): SealingKey
  find(id: string): SealingKey | undefined
  add(): SealingKey
  forget(): number
}

function createRing({ keyFile, givenKeys }: SecretsOptions): Ring {
  let keys: readonly SealingKey[] | undefined
  const save = (next: readonly SealingKey[]) => {
    writeKeyFile(keyFile, next)
    keys = next
  }
  const load = (): readonly SealingKey[] => (keys ??= givenKeys?.map(keyFrom) ?? readKeyFile(keyFile))
  const newest = (): SealingKey => {
    const [first] = load()
    if (first !== undefined) return first
    const made = newKey()
    save([made])
    return made
  }
  const requireFile = () => {
    if (givenKeys !== undefined) throw secretsProblem['keys-from-environment']({})
  }
  return {
    newest,
    find: (id) => {
      const known = load().find((key) => key.id === id)
      if (known !== undefined || givenKeys !== undefined) return known
      // Another process that shares the file may have added a key since.
      keys = readKeyFile(keyFile)
      return keys.find((key) => key.id === id)
    },
    add: () => {
      requireFile()
      const made = newKey()
      save([made, ...readKeyFile(keyFile)])
      return made
    },
    forget: () => {
      requireFile()
      const all = readKeyFile(keyFile)
      save(all.slice(0, 1))
      return Math.max(0, all.length - 1)
    },
  }
}

function sealWith(key: SealingKey, text: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce)
  cipher.setAAD(Buffer.from(key.id))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `sealed:1:${key.id}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`
}

function openWith(key: SealingKey, bytes: Buffer): string {
  if (bytes.length < nonceBytes + tagBytes) throw secretsProblem.damaged({})
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(key.id))
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  try {
    const body = decipher.update(bytes.subarray(nonceBytes + tagBytes))
    return Buffer.concat([body, decipher.final()]).toString('utf8')
  } catch (error) {
    throw secretsProblem.damaged({}, error)
  }
}

function partsOf(sealed: string): { keyId: string; bytes: Buffer } {
  const [, keyId, body] = form.exec(sealed) ?? []
  if (keyId === undefined || body === undefined) throw secretsProblem.damaged({})
  return { keyId, bytes: Buffer.from(body, 'base64url') }
}
