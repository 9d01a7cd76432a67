import { tables } from '../db/database.ts'
import type { Ref } from '@millrace/contract'
import type { Holds } from './action.ts'
import { kernelProblem } from './kernel-problems.ts'
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
      if (row === undefined) return
      const holder = `${row.holder_kind} ${row.holder_id}`
      throw kernelProblem.held({ what: `${on.kind} ${on.id}`, holder, reason: row.reason })
    },
  }
}

function keyOf(scope: Scope, on: Ref, holder: Ref) {
  return { workspace: scope.workspace, kind: on.kind, id: on.id, holder_kind: holder.kind, holder_id: holder.id }
}
