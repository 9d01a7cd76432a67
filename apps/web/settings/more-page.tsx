import { Icon } from '@millrace/ui/parts'
import { AppLink, Page } from '@millrace/ui/shell'
import { navigation } from '../navigation.ts'
import './more.css'

const noCounts = { runningPipelines: 0, approvalsDue: 0, openIncidents: 0 }

/** On a phone: the places that have no tab of their own. */
export default function MorePage() {
  const places = [
    ...navigation(noCounts).flatMap((group) => group.places),
    { name: 'Notifications', to: '/notifications', icon: 'bell' as const },
    { name: 'Documentation', to: '/docs', icon: 'file' as const },
    { name: 'Settings', to: '/settings', icon: 'settings' as const },
  ]
  return (
    <Page crumbs={[{ name: 'More' }]} kind="more">
      <nav className="more" aria-label="All places">
        {places.map((place) => (
          <AppLink key={place.to} to={place.to}>
            <Icon name={place.icon} />
            {place.name}
          </AppLink>
        ))}
      </nav>
    </Page>
  )
}
