import { useLoad, type Api } from '@millrace/ui/data'
import { Icon } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import './notifications.css'

const topics = ['collaboration.notification', 'monitoring.incident', 'governance.approval', 'model-serving.rollout']

const loadUnread = (api: Api, signal: AbortSignal) =>
  api.get<{ unread: number }>('notifications', { query: { unread: true, limit: 1 }, signal })

/** Leads to what one was told; says how much of it is unread. */
export function NotificationBell() {
  const unread = useLoad({ key: ['unread'], load: loadUnread, topics, everyMs: 60_000 }).data?.unread ?? 0
  return (
    <AppLink to="/notifications" className="btn quiet tool bell" title="Notifications">
      <Icon name="bell" size={14} />
      <span className="sr-only">Notifications{unread === 0 ? '' : `, ${unread} unread`}</span>
      {unread === 0 ? null : <em aria-hidden="true">{unread > 99 ? '99+' : unread}</em>}
    </AppLink>
  )
}
