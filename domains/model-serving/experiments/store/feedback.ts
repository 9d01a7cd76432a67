import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { Moments } from '@millrace/statistics'
import { sql } from 'kysely'
import type { FeedbackRow, ServingTables } from '../../store/tables.ts'

/** Which deployment answered a request, in which rollout or experiment, and at which of its steps. */
export interface Attribution {
  readonly deploymentId: string
  readonly contextId: string | null
  readonly contextStep: number | null
}

/** Feedback that waits for its attribution. */
export interface WaitingFeedback {
  readonly workspace: string
  readonly endpoint: string
  readonly requestId: string
  readonly receivedAtMs: number
}

/** What was heard of one deployment at one step of a trial: one observation for each unit. */
export interface FeedbackMoments {
  readonly deploymentId: string
  readonly step: number
  readonly moments: Moments
}

const rowsAtOnce = 200

/** Feedback of one workspace. */
export function feedbackStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  return {
    /** Adds feedback; of the same request, row and name the later one counts, and keeps what is known of the request. */
    async put(rows: readonly Omit<FeedbackRow, 'workspace'>[]): Promise<void> {
      for (let start = 0; start < rows.length; start += rowsAtOnce) {
        await serving
          .insertInto('model_serving_feedback')
          .values(rows.slice(start, start + rowsAtOnce).map((row) => ({ workspace, ...row })))
          .onConflict((c) =>
            c.columns(['workspace', 'endpoint', 'request_id', 'row_number', 'name']).doUpdateSet({
              value: sql`excluded.value`,
              unit: sql`excluded.unit`,
              tags: sql`excluded.tags`,
            }),
          )
          .execute()
      }
    },
  }
}

/** Feedback of all workspaces, as control follows it. */
export function feedbackOverview(db: Db) {
  const serving = tables<ServingTables>(db)
  return {
    /** Requests that it is not known of who answered them, oldest first. */
    async waiting(limit: number): Promise<WaitingFeedback[]> {
      const rows = await serving
        .selectFrom('model_serving_feedback')
        .select(['workspace', 'endpoint', 'request_id', 'received_at_ms'])
        .where('attributed', '=', 0)
        .orderBy('received_at_ms')
        .limit(limit)
        .execute()
      return rows.map(({ request_id, received_at_ms, ...rest }) => ({
        ...rest,
        requestId: request_id,
        receivedAtMs: received_at_ms,
      }))
    },
    attribute: (of: WaitingFeedback, to: Attribution) =>
      serving
        .updateTable('model_serving_feedback')
        .set({
          attributed: 1,
          deployment_id: to.deploymentId,
          context_id: to.contextId,
          context_step: to.contextStep,
        })
        .where('workspace', '=', of.workspace)
        .where('endpoint', '=', of.endpoint)
        .where('request_id', '=', of.requestId)
        .execute(),
    /** Says that the log does not have these requests. */
    giveUp: (of: WaitingFeedback) =>
      serving
        .updateTable('model_serving_feedback')
        .set({ attributed: 2 })
        .where('workspace', '=', of.workspace)
        .where('endpoint', '=', of.endpoint)
        .where('request_id', '=', of.requestId)
        .where('attributed', '=', 0)
        .execute(),
  }
}

/** What was heard in a rollout or experiment under a name. Values of one unit are averaged: they are one observation. */
export async function feedbackMoments(db: Db, contextId: string, name: string): Promise<FeedbackMoments[]> {
  const units = tables<ServingTables>(db)
    .selectFrom('model_serving_feedback')
    .select(['deployment_id', 'context_step'])
    .select(({ fn }) => fn.avg<number>('value').as('mean'))
    .where('context_id', '=', contextId)
    .where('name', '=', name)
    .where('value', 'is not', null)
    .groupBy(['deployment_id', 'context_step', sql`coalesce(unit, request_id)`])
    .as('units')
  const rows = await tables<ServingTables>(db)
    .selectFrom(units)
    .select(['deployment_id', 'context_step'])
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.sum<number>('mean').as('sum'),
      fn.sum<number>(sql<number>`mean * mean`).as('sum_squares'),
    ])
    .groupBy(['deployment_id', 'context_step'])
    .execute()
  return rows.map(({ deployment_id, context_step, count, sum, sum_squares }) => ({
    deploymentId: deployment_id ?? '',
    step: context_step ?? 0,
    moments: { count, sum, sumSquares: sum_squares },
  }))
}
