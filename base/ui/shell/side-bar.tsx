import { Tooltip } from '@mantine/core'
import { Avatar } from '../parts/status.tsx'
import { Icon, Logo } from '../parts/icon.tsx'
import { AppLink } from './address/app-link.tsx'
import { holds, type NavGroup, type NavPlace } from './navigation.ts'

function Place({ place, path, folded }: { place: NavPlace; path: string; folded: boolean }) {
  const link = (
    <AppLink
      to={place.to}
      aria-current={holds(place, path) ? 'page' : undefined}
      aria-label={folded ? place.name : undefined}
    >
      <Icon name={place.icon} />
      <span className="lbl">{place.name}</span>
      {place.count === undefined || place.count.value === 0 ? null : (
        <span className={`cnt ${place.count.tone}`}>{place.count.value}</span>
      )}
    </AppLink>
  )
  return folded ? (
    <Tooltip label={place.name} position="right" openDelay={120}>
      {link}
    </Tooltip>
  ) : (
    link
  )
}

export interface SideBarProps {
  groups: readonly NavGroup[]
  path: string
  folded: boolean
  workspace: string
  person: string
  onSearch: () => void
  onWorkspaces: () => void
  onFold: () => void
}

/** Where everything is. Folded it is a rail of icons with tooltips. */
export function SideBar({ groups, path, folded, workspace, person, onSearch, onWorkspaces, onFold }: SideBarProps) {
  return (
    <nav className="side" aria-label="Main">
      <AppLink to="/" className="brand" aria-label="Millrace, home">
        <Logo />
        <span className="lbl">Millrace</span>
      </AppLink>
      <button type="button" className="workspace" title={`Workspace ${workspace}`} onClick={onWorkspaces}>
        <i aria-hidden="true" />
        <span className="sr-only">Switch workspace, now</span>
        <span className={folded ? 'sr-only' : 'ell'}>{workspace}</span>
        <span className="push lbl" aria-hidden="true">
          <Icon name="down" size={14} />
        </span>
      </button>
      <button type="button" className="find" onClick={onSearch}>
        <Icon name="search" />
        <span className="sr-only">Search or run a command</span>
        <span className="lbl" aria-hidden="true">
          Search
        </span>
        <span className="push lbl keys" aria-hidden="true">
          <kbd>Ctrl</kbd>
          <kbd>K</kbd>
        </span>
      </button>
      {groups.map((group) => (
        <div className="group" key={group.title ?? 'top'} role="group" aria-label={group.title ?? 'Start'}>
          {group.title === null ? null : <h2>{group.title}</h2>}
          {group.places.map((place) => (
            <Place key={place.to} place={place} path={path} folded={folded} />
          ))}
        </div>
      ))}
      <div className="foot">
        <AppLink to="/settings" className="me" aria-current={path.startsWith('/settings') ? 'page' : undefined}>
          <Avatar name={person} />
          <span className="lbl ell">{person}</span>
          <span className="sr-only">settings</span>
          <span className="push lbl">
            <Icon name="settings" />
          </span>
        </AppLink>
        <AppLink to="/docs" className="fold not-rail" aria-label="Documentation" title="Documentation">
          <Icon name="file" size={14} />
        </AppLink>
        <button
          type="button"
          className="fold"
          onClick={onFold}
          aria-label={folded ? 'Unfold the side bar' : 'Fold the side bar'}
          title={folded ? 'Unfold  .' : 'Fold  .'}
        >
          <Icon name={folded ? 'right' : 'left'} size={14} />
        </button>
      </div>
    </nav>
  )
}

/** The five tabs at the foot of a phone. */
export function TabBar({ places, path }: { places: readonly NavPlace[]; path: string }) {
  return (
    <nav className="tabbar" aria-label="Main">
      {places.map((place) => (
        <AppLink key={place.to} to={place.to} aria-current={holds(place, path) ? 'page' : undefined}>
          <Icon name={place.icon} size={20} />
          {place.name}
          {place.count === undefined || place.count.value === 0 ? null : <em>{place.count.value}</em>}
        </AppLink>
      ))}
    </nav>
  )
}
