import type { LineageSink } from '@millrace/kernel'
import { edges } from '../store/edges.ts'

/** The kernel's `LineageSink`: writes edges in the transaction of the act that creates them. */
export const lineageSink: LineageSink = {
  add: (scope, added) => edges(scope.db, scope.workspace).add(added, scope.nowMs),
}
