import { useEffect, type ReactNode } from 'react'
import { useLiveState } from '../data/data-provider.tsx'
import { Button } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Countdown } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { AppLink } from './address/app-link.tsx'
import { useShell } from './shell.tsx'

export interface Crumb {
  name: string
  /** Left out for the page itself. */
  to?: string
}

export interface PageProps {
  /** From the outermost to this page; the last one is its name. */
  crumbs: readonly Crumb[]
  /** What kind of page it is; the fold of the side bar is remembered per kind. */
  kind: string
  /** Opens with the side bar folded. */
  wide?: boolean
  /** The sheet is exactly as high as the window; the page scrolls inside. */
  fixed?: boolean
  /** The page has no head of its own: its name is the heading. */
  headless?: boolean
  /** What the live dot says instead of "Live". */
  live?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** A page on the sheet: top bar with where it is, whether it is live, its time range and *copy link*. */
export function Page({
  crumbs,
  kind,
  wide = false,
  fixed = false,
  headless = false,
  live,
  actions,
  children,
}: PageProps) {
  const shell = useShell(kind, wide)
  const title = [...crumbs.map((crumb) => crumb.name).toReversed(), 'Millrace'].join(' · ')
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <div className={fixed ? 'page fixed' : 'page'}>
      <header className="top">
        <Crumbs crumbs={crumbs} />
        <span className="push" />
        <LiveDot>{live ?? 'Live'}</LiveDot>
        {actions}
        {shell.tools}
        <Button className="only-phone" tone="quiet" icon="search" aria-label="Search" onClick={shell.search} />
        <Button className="not-phone" tone="quiet" icon="link" aria-label="Copy link to this view" onClick={copyLink} />
      </header>
      {headless ? <h1 className="sr-only">{crumbs.at(-1)?.name}</h1> : null}
      {children}
    </div>
  )
}

function Crumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav className="crumbs" aria-label="Breadcrumbs">
      {crumbs.map((crumb, at) =>
        at === crumbs.length - 1 ? (
          <b key={crumb.name} className="ell" aria-current="page">
            {crumb.name}
          </b>
        ) : (
          <span key={crumb.name} className={at === crumbs.length - 2 ? 'up' : ''}>
            {crumb.to === undefined ? <span>{crumb.name}</span> : <AppLink to={crumb.to}>{crumb.name}</AppLink>}
            <span className="sl">/</span>
          </span>
        ),
      )}
    </nav>
  )
}

/** Says whether what is shown follows the server. A broken stream says when it is tried again. */
function LiveDot({ children }: { children: ReactNode }) {
  const state = useLiveState()
  if (state.kind !== 'waiting')
    return (
      <span className="live not-phone">
        {state.kind === 'live' ? <i /> : <i className="hollow" />}
        {children}
      </span>
    )
  return (
    <output className="live">
      <i className="hollow" />
      Not live. Trying again in <Countdown untilMs={state.retryAtMs} /> s.
    </output>
  )
}

function copyLink(): void {
  navigator.clipboard.writeText(location.href).then(
    () => toast('Link copied'),
    () => toast('The browser did not let the link be copied'),
  )
}

/** The head of an entity's page: what it is, its verdict, facts, and what one can do. `mark` stands in place of the icon: a run's dot. */
export function EntityHead(props: {
  icon: IconName
  mark?: ReactNode
  title: ReactNode
  verdict?: ReactNode
  facts?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className="head">
      {props.mark ?? <Icon name={props.icon} />}
      <h1>{props.title}</h1>
      {props.verdict}
      {props.facts === undefined ? null : <span className="facts i3 t12 not-phone">{props.facts}</span>}
      {props.children === undefined ? null : <span className="push row wrap">{props.children}</span>}
    </div>
  )
}
