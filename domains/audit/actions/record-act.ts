import { canonicalJson } from '@millrace/contract'
import type { AuditSink } from '@millrace/kernel'
import { payloadDigest, recordDigest } from '../model/record.ts'
import { addRecord } from '../store/records.ts'
import { sha256 } from '../store/sha256.ts'

/** The kernel's `AuditSink`: writes the record with its own digest, and the states beside it, in the act's transaction. */
export const auditSink: AuditSink = {
  record: async (scope, entry) => {
    const { workspace, actor, nowMs, requestId } = scope
    const salt = scope.newHexId()
    const before = stateText(entry.before)
    const after = stateText(entry.after)
    const body = {
      id: scope.newId('aud'),
      workspace,
      atMs: nowMs,
      actor: { id: actor.id, kind: actor.kind, name: actor.name },
      action: entry.action,
      object: entry.object,
      reason: entry.reason ?? null,
      requestId,
      beforeDigest: before === null ? null : payloadDigest(salt, before, sha256),
      afterDigest: after === null ? null : payloadDigest(salt, after, sha256),
    }
    const hasPayload = before !== null || after !== null
    await addRecord(
      scope,
      {
        id: body.id,
        at_ms: nowMs,
        actor_id: actor.id,
        actor_kind: actor.kind,
        actor_name: actor.name,
        action: entry.action,
        object_kind: entry.object.kind,
        object_id: entry.object.id,
        reason: body.reason,
        request_id: requestId,
        before_digest: body.beforeDigest,
        after_digest: body.afterDigest,
        digest: recordDigest(body, sha256),
      },
      hasPayload ? { salt, before, after } : undefined,
    )
  },
}

/** A state as canonical JSON; what JSON has no form for (NaN, a date) is written as JSON.stringify does. */
function stateText(state: unknown): string | null {
  if (state === undefined) return null
  return canonicalJson(JSON.parse(JSON.stringify(state)))
}
