import { useAct } from '@millrace/ui/data'
import { Ago, Button, CheckRow, Confirm, Digest, Mark, PaneHead } from '@millrace/ui/parts'
import { AppLink, useShortcuts } from '@millrace/ui/shell'
import { useMemo, useState } from 'react'
import { decide, type ApprovalDetail } from './load-approvals.ts'

/** One approval: what changes, checks, who decided, who may, and the digest that the decision pins. */
export function ApprovalPane({ approval }: { approval: ApprovalDetail }) {
  const [reason, setReason] = useState('')
  const [asking, ask] = useState(false)
  const act = useAct(decide)
  useShortcuts(
    useMemo(
      () => (approval.mayDecide ? [{ keys: 'a', says: 'Approve (asks)', act: () => ask(true) }] : []),
      [approval.mayDecide],
    ),
  )
  const send = (verb: 'approve' | 'reject', said: string) =>
    act.mutate({ approval: approval.id, verb, reason: said }, { onSuccess: () => ask(false) })
  return (
    <section className="approval" aria-label={approval.title}>
      <PaneHead title={approval.title}>
        <span className="t12 i3">policy: {approval.policy}</span>
      </PaneHead>
      {approval.reason === null ? null : (
        <p className="pad t12 i2">
          “{approval.reason}” {approval.askedBy}
        </p>
      )}
      {approval.needs.map((need) => (
        <CheckRow key={need.name} state={need.state} name={need.name} found={need.found} />
      ))}
      {approval.decisions.map((decision) => (
        <CheckRow
          key={`${decision.by}:${decision.atMs}`}
          state={decision.good ? 'ok' : 'bad'}
          name={
            <>
              <b className="b">{decision.by}</b> {decision.reason === null ? '' : `“${decision.reason}”`}
            </>
          }
          found={
            <>
              {decision.decision} <Ago atMs={decision.atMs} />
            </>
          }
        />
      ))}
      <div className="approval-foot">
        <AppLink className="link t12" to={approval.subject.to}>
          All evidence of {approval.subject.name}
        </AppLink>
        {approval.mayDecide ? (
          <>
            <input
              className="field"
              aria-label="Reason"
              placeholder="Reason, kept with the decision; a rejection needs one"
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
            <div className="row wrap">
              <Button tone="primary" keys={['A']} disabled={act.isPending} onClick={() => ask(true)}>
                Approve
              </Button>
              <Button
                tone="danger"
                disabled={act.isPending || reason.trim() === ''}
                title={reason.trim() === '' ? 'Write the reason first' : undefined}
                onClick={() => send('reject', reason.trim())}
              >
                Reject
              </Button>
              {approval.pins === null ? null : (
                <span className="push t12 i3">
                  your decision pins <Digest value={approval.pins} />
                </span>
              )}
            </div>
          </>
        ) : approval.refusal === null ? null : (
          <p className="row t12 i2">
            <Mark state="idle" />
            {approval.refusal}
          </p>
        )}
        {act.error === null ? null : (
          <p className="row t12 bad" role="alert">
            <Mark state="bad" />
            {act.error.message}
          </p>
        )}
      </div>
      <Confirm
        opened={asking}
        title={`Approve: ${approval.title}?`}
        act="Approve"
        keep="Decide later"
        busy={act.isPending}
        problem={act.error}
        onClose={() => ask(false)}
        onConfirm={() => send('approve', reason.trim())}
      >
        Your name stands under it in the audit log. Any change of model, data, code or card asks again.
      </Confirm>
    </section>
  )
}
