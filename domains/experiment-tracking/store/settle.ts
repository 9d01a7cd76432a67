import type { CallContext, Runtime, Scope } from '@millrace/kernel'
import type { On } from './series/dialect-of.ts'
import { nextTurn } from './series/next-turn.ts'
import type { DirtyRun } from './series/log-rows.ts'
import { dirtyRun, dirtyRuns } from './series/log-rows.ts'
import { mergeRun } from './series/merge-run.ts'

/** Whose metrics shall be merged: some runs', whole experiments' by number, or the workspace's. */
export type Settled = { readonly runIds: readonly string[] } | { readonly experiments: readonly number[] } | 'all'

/**
 * Merges what runs have logged so far, so that a read that follows sees every acknowledged point in the tables of metrics.
 * Cheap when nothing waits. Outside a transaction only: it writes in transactions of its own, each of them short.
 */
export async function settle(
  runtime: Pick<Runtime, 'database'>,
  context: Pick<CallContext, 'workspace'>,
  what: Settled,
): Promise<void> {
  const { database } = runtime
  const { dialect } = database
  const dirty = await dirtyOf({ db: database.reader, dialect }, context.workspace, what)
  for (let start = 0; start < dirty.length; start += mostAtOnce) {
    await Promise.all(
      dirty.slice(start, start + mostAtOnce).map(async (run) => {
        while (await database.write((db) => mergeRun({ db, dialect }, run, nextTurn)));
      }),
    )
  }
}

/** Merges asked for at once: they share the writer's commits, and leave the pool of connections to others. */
const mostAtOnce = 8

/** The same inside a transaction, for an action that reads or changes the metrics of few runs. */
export async function settleIn(scope: Pick<Scope, 'db' | 'dialect' | 'workspace'>, runIds: readonly string[]) {
  for (const run of await dirtyOf(scope, scope.workspace, { runIds })) {
    while (await mergeRun(scope, run));
  }
}

async function dirtyOf(on: On, workspace: string, what: Settled): Promise<DirtyRun[]> {
  if (what === 'all') return dirtyRuns(on, workspace)
  const found: (DirtyRun | undefined)[][] = []
  if ('runIds' in what) for (const runId of what.runIds) found.push([await dirtyRun(on, workspace, runId)])
  else for (const number of what.experiments) found.push(await dirtyRuns(on, workspace, number))
  // Not by spreading: an experiment may have more runs than a call takes arguments.
  return found.flat().filter((run) => run !== undefined)
}
