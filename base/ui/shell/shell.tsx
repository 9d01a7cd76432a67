import { createContext, useCallback, useContext, useLayoutEffect, useMemo, useState, type ReactNode } from 'react'
import type { NavGroup, NavPlace } from './navigation.ts'
import { useShortcuts } from './keys/shortcuts.tsx'
import { SideBar, TabBar } from './side-bar.tsx'

interface ShellControl {
  /** A page kind remembers for itself whether the side bar is folded. */
  show: (kind: string, wide: boolean) => void
  search: () => void
  /** What the application puts into every page's top bar. */
  tools: ReactNode
}

const ShellContext = createContext<ShellControl>({ show: () => {}, search: () => {}, tools: null })
const foldKey = (kind: string) => `millrace-folded:${kind}`

function readFold(kind: string, wide: boolean): boolean {
  const saved = localStorage.getItem(foldKey(kind))
  return saved === null ? wide : saved === 'yes'
}

export interface ShellProps {
  groups: readonly NavGroup[]
  tabs: readonly NavPlace[]
  path: string
  workspace: string
  person: string
  onSearch: () => void
  onWorkspaces: () => void
  /** What stands in every page's top bar: notifications, comments, saved views. */
  tools?: ReactNode
  children: ReactNode
}

/** Side bar or rail, one sheet, and on a phone five tabs at the foot. */
export function Shell({
  groups,
  tabs,
  path,
  workspace,
  person,
  onSearch,
  onWorkspaces,
  tools = null,
  children,
}: ShellProps) {
  const [page, setPage] = useState({ kind: '', folded: false })
  const show = useCallback((kind: string, wide: boolean) => setPage({ kind, folded: readFold(kind, wide) }), [])
  const fold = useCallback(
    () =>
      setPage((now) => {
        localStorage.setItem(foldKey(now.kind), now.folded ? 'no' : 'yes')
        return { ...now, folded: !now.folded }
      }),
    [],
  )
  useShortcuts(useMemo(() => [{ keys: '.', says: 'Fold or unfold the side bar', act: fold }], [fold]))
  const control = useMemo(() => ({ show, search: onSearch, tools }), [show, onSearch, tools])
  return (
    <ShellContext value={control}>
      <a className="skip" href="#main" onClick={focusMain}>
        Skip to the page
      </a>
      <div className={page.folded ? 'app rail' : 'app'}>
        <SideBar
          groups={groups}
          path={path}
          folded={page.folded}
          workspace={workspace}
          person={person}
          onSearch={onSearch}
          onWorkspaces={onWorkspaces}
          onFold={fold}
        />
        <main className="main" id="main" tabIndex={-1}>
          {children}
        </main>
        <TabBar places={tabs} path={path} />
      </div>
    </ShellContext>
  )
}

// The page has a <base>, so a bare fragment would leave it.
function focusMain(event: React.MouseEvent): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

/** Tells the shell what is on the sheet. */
export function useShell(kind: string, wide: boolean): ShellControl {
  const control = useContext(ShellContext)
  const { show } = control
  useLayoutEffect(() => show(kind, wide), [show, kind, wide])
  return control
}
