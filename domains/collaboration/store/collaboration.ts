import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { commentRows } from '../talk/store/comment-rows.ts'
import { noticeRows } from '../talk/store/notice-rows.ts'
import { viewRows } from '../talk/store/view-rows.ts'
import { wishRows } from '../talk/store/wish-rows.ts'
import { deliveryRows } from './delivery-rows.ts'
import { channelRows, ruleRows } from './notification-rows.ts'
import type { CollaborationTables } from './tables.ts'
import { webhookRows } from './webhook-rows.ts'

/** The store of webhooks, notifications, comments and saved views of one workspace. */
export function storeOf(untyped: Db, workspace: string) {
  const db = tables<CollaborationTables>(untyped)
  return {
    webhooks: webhookRows(db, workspace),
    channels: channelRows(db, workspace),
    rules: ruleRows(db, workspace),
    deliveries: deliveryRows(db, workspace),
    comments: commentRows(db, workspace),
    notices: noticeRows(db, workspace),
    views: viewRows(db, workspace),
    wishes: wishRows(db, workspace),
  }
}

export type CollaborationStore = ReturnType<typeof storeOf>

export const { action, query } = operations(storeOf)
