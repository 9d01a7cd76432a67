import { useLoad } from '@millrace/ui/data'
import { Ago, Loaded, Mark, Segmented, Until, Words, type State } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, useViewState, type PageParams } from '@millrace/ui/shell'
import { ApprovalPane } from './approval-pane.tsx'
import { approvalsTopics, loadApprovals, type ApprovalRow, type ApprovalsView } from './load-approvals.ts'
import './approvals.css'

const defaults = { shown: 'waiting' }
const choices = [
  ['waiting', 'Waiting'],
  ['decided', 'Decided'],
] as const

export default function ApprovalsRoute({ params }: PageParams) {
  const chosen = params['approval'] ?? ''
  const [{ shown }, change] = useViewState(defaults)
  const query = useLoad({
    key: ['approvals', shown, chosen],
    load: (api, signal) => loadApprovals(api, shown, chosen, signal),
    topics: approvalsTopics,
  })
  const facts =
    query.data === undefined
      ? undefined
      : `${query.data.waiting} ${query.data.waiting === 1 ? 'waits' : 'wait'}, ${query.data.mine} for you`
  return (
    <Page crumbs={[{ name: 'Approvals' }]} kind="approvals">
      <EntityHead icon="approval" title="Approvals" facts={facts}>
        <Segmented
          label="Shown"
          choices={choices}
          value={choices.find(([value]) => value === shown)?.[0] ?? 'waiting'}
          onChange={(next) => change({ shown: next })}
        />
      </EntityHead>
      <Loaded query={query}>{(view) => <ApprovalsPage view={view} />}</Loaded>
    </Page>
  )
}

/** What must I decide, and on what does it rest. */
export function ApprovalsPage({ view }: { view: ApprovalsView }) {
  if (view.items.length === 0)
    return (
      <p className="sec pad none i2">Nothing here. A release or a promotion asks when its policy wants a person.</p>
    )
  return (
    <div className="cols approvals">
      <ul className="queue" aria-label="Approvals">
        {view.items.map((item) => (
          <Item key={item.id} item={item} chosen={item.id === view.chosen?.id} />
        ))}
      </ul>
      {view.chosen === null ? (
        <p className="pad i3 t12">Choose one to see its evidence.</p>
      ) : (
        <ApprovalPane key={view.chosen.id} approval={view.chosen} />
      )}
    </div>
  )
}

const states: Record<ApprovalRow['state'], State> = {
  requested: 'idle',
  approved: 'ok',
  rejected: 'bad',
  expired: 'skip',
  revoked: 'skip',
}

function Item({ item, chosen }: { item: ApprovalRow; chosen: boolean }) {
  const soon = item.state === 'requested' && item.given > 0
  return (
    <li>
      <AppLink to={href('approvals', item.id)} aria-current={chosen ? 'true' : undefined}>
        <Mark state={soon ? 'warn' : states[item.state]} size={13} />
        <span className="col">
          <span className="ell">
            <Words>{item.title}</Words>
          </span>
          <span className="t12 i3 ell">
            asked <Ago atMs={item.askedAtMs} /> by {item.askedBy}
          </span>
        </span>
        <span className="num end">
          <b className="b">
            {item.given} of {item.required}
          </b>
          <span className="t12 i3">
            {item.state === 'requested' ? (
              item.expiresAtMs === null ? (
                'does not expire'
              ) : (
                <>
                  expires in <Until atMs={item.expiresAtMs} />
                </>
              )
            ) : (
              item.state
            )}
          </span>
        </span>
      </AppLink>
    </li>
  )
}
