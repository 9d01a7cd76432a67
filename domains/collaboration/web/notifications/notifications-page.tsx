import type { Notification } from '@millrace/collaboration/contract'
import { useAct, useLoad, type Api } from '@millrace/ui/data'
import { Ago, Button, EmptyState, Loaded, Segmented } from '@millrace/ui/parts'
import { AppLink, EntityHead, Page, useViewState } from '@millrace/ui/shell'
import { pageOfNotice } from './page-of-notice.ts'
import './notifications.css'

const defaults = { show: 'all' }
const topics = ['collaboration.notification', 'monitoring.incident', 'governance.approval', 'model-serving.rollout']

interface NotificationsView {
  items: readonly Notification[]
  unread: number
}

const load = (api: Api, unread: boolean, signal: AbortSignal) =>
  api.get<NotificationsView>('notifications', { query: { unread, limit: 200 }, signal })

/** What one was told inside the product, newest first. */
export default function NotificationsPage() {
  const [{ show }, change] = useViewState(defaults)
  const query = useLoad({
    key: ['notifications', show],
    load: (api, signal) => load(api, show === 'unread', signal),
    topics,
  })
  const read = useAct((api, ids: readonly string[] | null) =>
    api.post('notifications/read', ids === null ? {} : { ids }),
  )
  return (
    <Page crumbs={[{ name: 'Notifications' }]} kind="notifications">
      <EntityHead icon="bell" title="Notifications" facts={`${query.data?.unread ?? 0} unread`}>
        <Segmented
          small
          label="Show"
          choices={[
            ['all', 'All'],
            ['unread', 'Unread'],
          ]}
          value={show === 'unread' ? 'unread' : 'all'}
          onChange={(next) => change({ show: next })}
        />
        <Button small disabled={query.data?.unread === 0} onClick={() => read.mutate(null)}>
          Mark all as read
        </Button>
        <AppLink className="btn sm quiet" to="/settings/notifications">
          Choose which
        </AppLink>
      </EntityHead>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={show === 'unread' ? 'Everything is read' : 'Nothing to tell'}>
              Who mentions or answers you appears here, and whatever else you choose to hear of.
            </EmptyState>
          ) : (
            <Notices items={items} onRead={(id) => read.mutate([id])} />
          )
        }
      </Loaded>
    </Page>
  )
}

function Notices({ items, onRead }: { items: readonly Notification[]; onRead: (id: string) => void }) {
  return (
    <ul className="notices sec">
      {items.map((item) => (
        <li key={item.id} className={item.readAtMs === null ? '' : 'read'}>
          <i aria-hidden="true" />
          <AppLink
            className="ell"
            to={pageOfNotice(item)}
            title={item.sentence}
            onClick={() => item.readAtMs === null && onRead(item.id)}
          >
            {item.sentence}
            {item.readAtMs === null ? <span className="sr-only">, unread</span> : null}
          </AppLink>
          <span className="i3 t12">
            <Ago atMs={item.createdAtMs} />
          </span>
        </li>
      ))}
    </ul>
  )
}
