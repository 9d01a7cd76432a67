import type { WebManifest } from '@millrace/ui/shell'

/** What people say to each other, what they are told, and the views they share. */
export const collaborationWeb: WebManifest = {
  domain: 'collaboration',
  pages: [{ path: '/notifications', load: () => import('./notifications/notifications-page.tsx') }],
  settings: [
    {
      key: 'notifications',
      title: 'Notifications',
      group: 'You',
      load: () => import('./notifications/notification-settings.tsx'),
    },
  ],
}

export { CommentsButton } from './comments/comments-button.tsx'
export { subjectOfPath, type Subject } from './comments/subject-of-path.ts'
export { NotificationBell } from './notifications/notification-bell.tsx'
export { ViewsMenu } from './views/views-menu.tsx'
