import { tables } from '../db/database.ts'
import type { Problem, Ref } from '@millrace/contract'
import type { Holds } from './action.ts'
import { kernelProblem } from './kernel-problems.ts'
import type { Db } from '../db/database.ts'
import type { Scope } from './scope.ts'
import type { KernelTables } from './tables.ts'

/** The holds of one transaction. */
export function holdsOf(scope: Scope): Holds {
  const db = tables<KernelTables>(scope.db)
  return {
    async place(on, holder, reason) {
      const row = { ...keyOf(scope, on, holder), reason, at_ms: scope.nowMs }
      await db
        .insertInto('kernel_hold')
        .values(row)
        .onConflict((c) => c.doNothing())
        .execute()
    },
    async release(on, holder) {
      const key = keyOf(scope, on, holder)
      await db
        .deleteFrom('kernel_hold')
        .where('workspace', '=', key.workspace)
        .where('kind', '=', key.kind)
        .where('id', '=', key.id)
        .where('holder_kind', '=', key.holder_kind)
        .where('holder_id', '=', key.holder_id)
        .execute()
    },
    async refuseIfHeld(on) {
      const row = await db
        .selectFrom('kernel_hold')
        .selectAll()
        .where('workspace', '=', scope.workspace)
        .where('kind', '=', on.kind)
        .where('id', '=', on.id)
        .orderBy('at_ms')
        .executeTakeFirst()
      if (row !== undefined) throw problemOf(row)
    },
    async refuseIfAnyHeld(all) {
      for (const problem of (await heldAmong(scope.db, scope.workspace, all)).values()) throw problem
    },
  }
}

/** Which of many things are held, each with the problem that whoever would delete it is told. */
export async function heldAmong(untyped: Db, workspace: string, all: readonly Ref[]): Promise<Map<Ref, Problem>> {
  const db = tables<KernelTables>(untyped)
  const found = new Map<Ref, Problem>()
  for (const [kind, refs] of Map.groupBy(all, (on) => on.kind)) {
    const byId = new Map<string, Ref>(refs.map((on) => [on.id, on]))
    for (let start = 0; start < refs.length; start += sliceLength) {
      const rows = await db
        .selectFrom('kernel_hold')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('kind', '=', kind)
        .where(
          'id',
          'in',
          refs.slice(start, start + sliceLength).map((on) => on.id),
        )
        .orderBy('at_ms')
        .execute()
      for (const row of rows) {
        const on = byId.get(row.id)
        if (on !== undefined && !found.has(on)) found.set(on, problemOf(row))
      }
    }
  }
  return found
}

/** Names in one statement, far below the limits of both stores. */
const sliceLength = 500

function problemOf(row: KernelTables['kernel_hold']): Problem {
  const holder = `${row.holder_kind} ${row.holder_id}`
  return kernelProblem.held({ what: `${row.kind} ${row.id}`, holder, reason: row.reason })
}

function keyOf(scope: Scope, on: Ref, holder: Ref) {
  return { workspace: scope.workspace, kind: on.kind, id: on.id, holder_kind: holder.kind, holder_id: holder.id }
}
