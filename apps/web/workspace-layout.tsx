import { createApi, DataProvider, useLoad } from '@millrace/ui/data'
import { Contained, Toasts } from '@millrace/ui/parts'
import {
  Palette,
  Shell,
  ShortcutHelp,
  ShortcutProvider,
  useGo,
  useShortcuts,
  WorkspacePathContext,
  type NavGroup,
  type PaletteEntry,
} from '@millrace/ui/shell'
import { useAppearance } from '@millrace/ui/theme'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { emptyShell, loadNames, loadShell, nameTopics, shellTopics, type ShellName } from './load-shell.ts'
import { navigation, tabs } from './navigation.ts'

/** Everything around the pages of one workspace. */
export function WorkspaceLayout({ basePath, workspace }: { basePath: string; workspace: string }) {
  const api = useMemo(() => createApi({ baseUrl: basePath, workspace }), [basePath, workspace])
  const prefix = `/w/${encodeURIComponent(workspace)}`
  return (
    <WorkspacePathContext value={basePath + prefix}>
      <DataProvider api={api}>
        <ShortcutProvider>
          <Frame workspace={workspace} prefix={prefix} />
          <Toasts />
        </ShortcutProvider>
      </DataProvider>
    </WorkspacePathContext>
  )
}

const noNames: readonly ShellName[] = []

function Frame({ workspace, prefix }: { workspace: string; prefix: string }) {
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const shell = useLoad({ key: ['shell'], load: loadShell, topics: shellTopics }).data ?? emptyShell
  const names = useLoad({ key: ['names'], load: loadNames, topics: nameTopics }).data ?? noNames
  const groups = useMemo(() => navigation(shell.counts), [shell.counts])
  const path = useLocation({ select: (location) => location.pathname }).slice(prefix.length) || '/'
  const search = useCallback(() => setOpen('palette'), [])
  const close = useCallback(() => setOpen(null), [])
  useAppShortcuts(groups, setOpen)
  const entries = usePaletteEntries(groups, names)
  return (
    <Shell
      groups={groups}
      tabs={tabs(shell.counts)}
      path={path}
      workspace={workspace}
      person={shell.person}
      onSearch={search}
    >
      <Contained key={path}>
        <Outlet />
      </Contained>
      <Palette opened={open === 'palette'} onClose={close} entries={entries} />
      <ShortcutHelp opened={open === 'help'} onClose={close} />
    </Shell>
  )
}

function useAppShortcuts(groups: readonly NavGroup[], setOpen: (what: 'palette' | 'help') => void): void {
  const go = useGo()
  useShortcuts(
    useMemo(
      () => [
        { keys: 'Ctrl K', says: 'Search or run a command', act: () => setOpen('palette') },
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

function usePaletteEntries(groups: readonly NavGroup[], names: readonly ShellName[]): PaletteEntry[] {
  const { shown, change } = useAppearance()
  return useMemo(
    () => [
      ...names.map((each) => ({ ...each, group: 'Names' as const })),
      ...groups
        .flatMap((group) => group.places)
        .map((place) => ({
          name: place.name,
          fact: place.keys ?? '',
          icon: place.icon,
          to: place.to,
          group: 'Pages' as const,
        })),
      { name: 'Settings', fact: '', icon: 'settings', to: '/settings', group: 'Pages' },
      {
        name: shown === 'dark' ? 'Use the light theme' : 'Use the dark theme',
        fact: 'appearance',
        icon: 'settings',
        group: 'Actions',
        act: () => change({ theme: shown === 'dark' ? 'light' : 'dark' }),
      },
    ],
    [groups, names, shown, change],
  )
}
