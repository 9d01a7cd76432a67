import { createHash } from 'node:crypto'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { z } from 'zod'
import type { AccessTables } from './tables.ts'

export type TokenRow = AccessTables['access_token']

/** What is kept of a token's secret: its SHA-256 in hex. The secret has 256 random bits, so it needs no slow hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Writes 64 random hexadecimal characters as a token. */
export function secretFrom(randomHex: string): string {
  return `mlr_${randomHex}`
}

/** The tokens made in one workspace. */
export function tokens(db: Db, workspace: string) {
  const access = tables<AccessTables>(db)
  const own = () => access.selectFrom('access_token').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string): Promise<TokenRow | undefined> => own().where('id', '=', id).executeTakeFirst(),
    /** Newest first; ids sort by time. */
    list: (limit: number, beforeId: string | undefined, userId: string | undefined): Promise<TokenRow[]> =>
      own()
        .$if(beforeId !== undefined, (q) => q.where('id', '<', beforeId ?? ''))
        .$if(userId !== undefined, (q) => q.where('user_id', '=', userId ?? ''))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
    /** Every token of an account, newest first, in whichever workspace it was made. */
    ofAccount: (userId: string): Promise<TokenRow[]> =>
      access
        .selectFrom('access_token')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('id', 'desc')
        .limit(1000)
        .execute(),
    /** Those of an account that still open doors. */
    active: (userId: string): Promise<TokenRow[]> =>
      access
        .selectFrom('access_token')
        .selectAll()
        .where('user_id', '=', userId)
        .where('revoked_at_ms', 'is', null)
        .orderBy('id')
        .execute(),
    add: async (row: Omit<TokenRow, 'workspace' | 'last_used_at_ms'>): Promise<void> => {
      await access
        .insertInto('access_token')
        .values({ workspace, ...row, last_used_at_ms: null })
        .execute()
    },
    revoke: async (id: string, atMs: number): Promise<void> => {
      await access.updateTable('access_token').set({ revoked_at_ms: atMs }).where('id', '=', id).execute()
    },
  }
}

/** A token that opens doors, with the account behind it. */
export interface TokenHolder {
  readonly userId: string
  readonly kind: 'user' | 'service'
  readonly userName: string
  readonly tokenName: string
  readonly scopes: readonly string[] | null
  readonly expiresAtMs: number | null
  readonly tokenId: string
}

/** Finds the holder of a token by its hash, in any workspace; undefined when it was revoked or its account disabled. */
export async function holderOf(db: Db, hash: string): Promise<TokenHolder | undefined> {
  const row = await tables<AccessTables>(db)
    .selectFrom('access_token')
    .innerJoin('access_user', 'access_user.id', 'access_token.user_id')
    .select([
      'access_user.id as userId',
      'access_user.kind as kind',
      'access_user.name as userName',
      'access_token.name as tokenName',
      'access_token.id as tokenId',
      'access_token.scopes as scopes',
      'access_token.expires_at_ms as expiresAtMs',
    ])
    .where('access_token.hash', '=', hash)
    .where('access_token.revoked_at_ms', 'is', null)
    .where('access_user.disabled_at_ms', 'is', null)
    .executeTakeFirst()
  return row === undefined ? undefined : { ...row, scopes: readList(row.scopes) }
}

/** Notes when tokens were used last; a time that is older than the one there changes nothing. */
export async function noteTokenUse(db: Db, used: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, atMs] of used) {
    await tables<AccessTables>(db)
      .updateTable('access_token')
      .set({ last_used_at_ms: atMs })
      .where('id', '=', id)
      .where((e) => e.or([e('last_used_at_ms', 'is', null), e('last_used_at_ms', '<', atMs)]))
      .execute()
  }
}

/** Forgets tokens that expired before `beforeMs`: jobs leave one each. */
export async function forgetExpiredTokens(db: Db, beforeMs: number): Promise<void> {
  await tables<AccessTables>(db).deleteFrom('access_token').where('expires_at_ms', '<', beforeMs).execute()
}

/** A row as the API shows it: never its hash. */
export function showToken(
  row: Omit<TokenRow, 'workspace' | 'last_used_at_ms'> & { readonly last_used_at_ms?: number | null },
) {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    scopes: readList(row.scopes),
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedAtMs: row.last_used_at_ms ?? null,
    revokedAtMs: row.revoked_at_ms,
  }
}

function readList(json: string | null): string[] | null {
  return json === null ? null : z.array(z.string()).parse(JSON.parse(json))
}
