import { tables } from '../db/database.ts'
import { createHash } from 'node:crypto'
import { canonicalJson } from '@millrace/contract'
import { kernelProblem } from './kernel-problems.ts'
import type { Scope } from './scope.ts'
import type { KernelTables } from './tables.ts'

const keptMs = 24 * 60 * 60 * 1000

/** One use of an Idempotency-Key: whose, for which route, with which input. */
export interface IdempotentCall {
  readonly key: string
  readonly route: string
  readonly input: unknown
}

/** The answer given before under this key; undefined at its first use. Throws `kernel/idempotency-key-reused` on another input. */
export async function earlierAnswer(scope: Scope, call: IdempotentCall): Promise<{ answer: unknown } | undefined> {
  const row = await tables<KernelTables>(scope.db)
    .selectFrom('kernel_idempotency')
    .selectAll()
    .where('workspace', '=', scope.workspace)
    .where('principal', '=', scope.actor.id)
    .where('route', '=', call.route)
    .where('key', '=', call.key)
    .where('at_ms', '>', scope.nowMs - keptMs)
    .executeTakeFirst()
  if (row === undefined) return undefined
  if (row.body_digest !== digestOf(call.input)) throw kernelProblem['idempotency-key-reused']({ key: call.key })
  const answer: unknown = JSON.parse(row.answer)
  return { answer }
}

/** Remembers the answer in the act's own transaction. */
export async function rememberAnswer(scope: Scope, call: IdempotentCall, answer: unknown): Promise<void> {
  const row = {
    workspace: scope.workspace,
    principal: scope.actor.id,
    route: call.route,
    key: call.key,
    body_digest: digestOf(call.input),
    answer: JSON.stringify(answer ?? null),
    at_ms: scope.nowMs,
  }
  await tables<KernelTables>(scope.db)
    .insertInto('kernel_idempotency')
    .values(row)
    .onConflict((c) =>
      c.columns(['workspace', 'principal', 'route', 'key']).doUpdateSet({
        body_digest: row.body_digest,
        answer: row.answer,
        at_ms: row.at_ms,
      }),
    )
    .execute()
}

/** Forgets keys older than a day. */
export async function forgetOldAnswers(db: Scope['db'], nowMs: number): Promise<void> {
  await tables<KernelTables>(db)
    .deleteFrom('kernel_idempotency')
    .where('at_ms', '<=', nowMs - keptMs)
    .execute()
}

function digestOf(input: unknown): string {
  return createHash('sha256').update(canonicalJson(input)).digest('base64url')
}
