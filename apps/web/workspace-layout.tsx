import { loadSession, SignInGate, WorkspaceSwitch } from '@millrace/access/web'
import { CommentsButton, NotificationBell, subjectOfPath, ViewsMenu } from '@millrace/collaboration/web'
import { DataProvider, useLoad } from '@millrace/ui/data'
import { Contained, Toasts, undoLast } from '@millrace/ui/parts'
import {
  Shell,
  ShortcutHelp,
  ShortcutProvider,
  useGo,
  useShortcuts,
  WorkspacePathContext,
  type NavGroup,
} from '@millrace/ui/shell'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { Tour } from './first-minutes/tour/tour.tsx'
import { emptyShell, loadShell, shellTopics } from './load-shell.ts'
import { navigation, tabs } from './navigation.ts'
import { AppPalette, type Overlay } from './palette/app-palette.tsx'

/** Everything around the pages of one workspace. */
export function WorkspaceLayout({ basePath, workspace }: { basePath: string; workspace: string }) {
  const prefix = `/w/${encodeURIComponent(workspace)}`
  return (
    <WorkspacePathContext value={basePath + prefix}>
      <SignInGate basePath={basePath} workspace={workspace}>
        {(api, session) => (
          <DataProvider api={api} session={session}>
            <ShortcutProvider>
              <Frame workspace={workspace} prefix={prefix} basePath={basePath} />
              <Toasts />
              <Tour />
            </ShortcutProvider>
          </DataProvider>
        )}
      </SignInGate>
    </WorkspacePathContext>
  )
}

const sessionEveryMs = 10 * 60_000

function Frame({ workspace, prefix, basePath }: { workspace: string; prefix: string; basePath: string }) {
  const [open, setOpen] = useState<Overlay | null>(null)
  // The server renews the cookie's secret when it is asked, so a page that stays open asks from time to time.
  useLoad({ key: ['session'], load: loadSession, everyMs: sessionEveryMs })
  const shell = useLoad({ key: ['shell'], load: loadShell, topics: shellTopics }).data ?? emptyShell
  const groups = useMemo(() => navigation(shell.counts), [shell.counts])
  const { pathname, searchStr } = useLocation({ select: ({ pathname, searchStr }) => ({ pathname, searchStr }) })
  const path = pathname.slice(prefix.length) || '/'
  const tools = useMemo(() => <PageTools path={path} search={searchStr} />, [path, searchStr])
  const search = useCallback(() => setOpen('palette'), [])
  const workspaces = useCallback(() => setOpen('workspaces'), [])
  const close = useCallback(() => setOpen(null), [])
  useAppShortcuts(groups, setOpen)
  return (
    <Shell
      groups={groups}
      tabs={tabs(shell.counts)}
      path={path}
      workspace={workspace}
      person={shell.person}
      onSearch={search}
      onWorkspaces={workspaces}
      tools={tools}
    >
      <Contained key={path}>
        <Outlet />
      </Contained>
      <AppPalette opened={open === 'palette'} groups={groups} onClose={close} onShow={setOpen} />
      <WorkspaceSwitch
        opened={open === 'workspaces'}
        current={workspace}
        address={(name) => `${basePath}/w/${encodeURIComponent(name)}`}
        onClose={close}
      />
      <ShortcutHelp opened={open === 'help'} onClose={close} />
    </Shell>
  )
}

// An experiment keeps views of its runs itself: they know its query and its charts.
const keepsOwnViews = (path: string) => /^\/experiments\/[^/]+$/.test(path)

/** What stands in every page's top bar. */
function PageTools({ path, search }: { path: string; search: string }) {
  const subject = subjectOfPath(path, search)
  return (
    <>
      {keepsOwnViews(path) ? null : <ViewsMenu page={path} search={search} />}
      {subject === null ? null : <CommentsButton key={`${subject.kind}:${subject.id}`} subject={subject} />}
      <NotificationBell />
    </>
  )
}

function useAppShortcuts(groups: readonly NavGroup[], setOpen: (what: Overlay) => void): void {
  const go = useGo()
  useShortcuts(
    useMemo(
      () => [
        { keys: 'Ctrl K', says: 'Search or run a command', act: () => setOpen('palette') },
        { keys: 'Ctrl Z', says: 'Undo what was just done', act: () => void undoLast() },
        { keys: 'g o', says: 'Switch workspace', act: () => setOpen('workspaces') },
        { keys: '?', says: 'Keys on this page', act: () => setOpen('help') },
        ...groups
          .flatMap((group) => group.places)
          .flatMap((place) =>
            place.keys === undefined ? [] : [{ keys: place.keys, says: place.name, act: () => go.to(place.to) }],
          ),
      ],
      [groups, go, setOpen],
    ),
  )
}
