import { AppLink, EntityHead, href, Page, type PageParams } from '@millrace/ui/shell'
import { Contained, Skeleton } from '@millrace/ui/parts'
import { Suspense } from 'react'
import { NotFoundPage } from '../not-found-page.tsx'
import { groupsOfSettings, settings } from './sections.ts'
import './settings.css'

/** What one decides about oneself and about the workspace: sections of the application and of the domains. */
export default function SettingsPage({ params }: PageParams) {
  const section = settings.find(({ key }) => key === (params['section'] ?? 'profile'))
  if (section === undefined) return <NotFoundPage />
  const { Section } = section
  return (
    <Page crumbs={[{ name: 'Settings', to: '/settings' }, { name: section.title }]} kind="settings">
      <EntityHead icon="settings" title="Settings" />
      <div className="settings sec">
        <nav aria-label="Settings">
          {groupsOfSettings().map(([group, sections]) => (
            <div key={group} role="group" aria-label={group}>
              <h2 className="t11 i3">{group}</h2>
              {sections.map(({ key, title }) => (
                <AppLink key={key} to={href('settings', key)} aria-current={key === section.key ? 'page' : undefined}>
                  {title}
                </AppLink>
              ))}
            </div>
          ))}
        </nav>
        <div className="settings-section">
          <Contained key={section.key}>
            <Suspense fallback={<Skeleton rows={8} />}>
              <Section />
            </Suspense>
          </Contained>
        </div>
      </div>
    </Page>
  )
}
