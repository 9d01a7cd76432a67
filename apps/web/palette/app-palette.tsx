import { useApi, useLoad } from '@millrace/ui/data'
import { Palette, useGo, type NavGroup, type PaletteEntry } from '@millrace/ui/shell'
import { useAppearance } from '@millrace/ui/theme'
import { useCallback, useMemo } from 'react'
import { startTour } from '../first-minutes/tour/tour-state.ts'
import { settings } from '../settings/sections.ts'
import { loadNames, nameTopics, type ShellName } from './load-names.ts'
import { searchPalette } from './search-palette.ts'

export type Overlay = 'palette' | 'help' | 'workspaces'

interface AppPaletteProps {
  opened: boolean
  groups: readonly NavGroup[]
  onClose: () => void
  onShow: (what: Overlay) => void
}

const noNames: readonly ShellName[] = []
const ranges = [
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
] as const

/** The palette of the application: its pages, acts and everything that has a name or an id. */
export function AppPalette(props: AppPaletteProps) {
  return props.opened ? <OpenPalette {...props} /> : null
}

// Names are asked for when the palette is opened, so that no page waits for them.
function OpenPalette({ opened, groups, onClose, onShow }: AppPaletteProps) {
  const api = useApi()
  const names = useLoad({ key: ['names'], load: loadNames, topics: nameTopics }).data ?? noNames
  const acts = useActs(onShow)
  const entries = useMemo(() => [...names.map(nameEntry), ...pageEntries(groups), ...acts], [names, groups, acts])
  const times = useTimes()
  const find = useCallback(
    (typed: string, signal: AbortSignal) =>
      typed.startsWith(':') ? Promise.resolve(times(typed.slice(1))) : searchPalette(api, typed, signal),
    [api, times],
  )
  return <Palette opened={opened} onClose={onClose} entries={entries} find={find} />
}

const nameEntry = (each: ShellName): PaletteEntry => ({ ...each, group: 'Names' })

function pageEntries(groups: readonly NavGroup[]): PaletteEntry[] {
  const places = groups
    .flatMap((group) => group.places)
    .map(({ name, keys, icon, to }) => ({ name, fact: keys ?? '', icon, to, group: 'Pages' as const }))
  const sections = settings.map(({ key, title }) => ({
    name: title,
    fact: 'settings',
    icon: 'settings' as const,
    to: `/settings/${key}`,
    group: 'Pages' as const,
  }))
  return [
    ...places,
    ...sections,
    { name: 'Notifications', fact: '', icon: 'bell', to: '/notifications', group: 'Pages' },
    { name: 'Documentation', fact: '', icon: 'file', to: '/docs', group: 'Pages' },
  ]
}

function useActs(onShow: (what: Overlay) => void): PaletteEntry[] {
  const { appearance, shown, change } = useAppearance()
  return useMemo(() => {
    const dark = shown === 'dark'
    const high = appearance.contrast === 'high'
    const act = (name: string, fact: string, run: () => void): PaletteEntry => ({
      name,
      fact,
      icon: 'settings',
      group: 'Actions',
      act: run,
    })
    return [
      act(dark ? 'Use the light theme' : 'Use the dark theme', 'appearance', () =>
        change({ theme: dark ? 'light' : 'dark' }),
      ),
      act(high ? 'Use normal contrast' : 'Use high contrast', 'appearance', () =>
        change({ contrast: high ? 'normal' : 'high' }),
      ),
      act('Take the tour', 'six steps', startTour),
      act('Switch workspace', 'g o', () => onShow('workspaces')),
      act('Show the keys of this page', '?', () => onShow('help')),
      act('Copy link to this view', '', () => void navigator.clipboard.writeText(location.href)),
    ]
  }, [appearance.contrast, shown, change, onShow])
}

/** Time ranges of the page at hand. */
function useTimes(): (typed: string) => PaletteEntry[] {
  const go = useGo()
  return useCallback(
    (typed) =>
      ranges
        .filter(([value, name]) => `${value} ${name}`.toLowerCase().includes(typed.trim().toLowerCase()))
        .map(([value, name]) => ({
          name,
          fact: `:${value}`,
          icon: 'clock',
          group: 'Actions',
          act: () => {
            const query = new URLSearchParams(location.search)
            query.set('range', value)
            const path = location.pathname.slice(new URL(go.address('/'), location.href).pathname.length)
            go.to(`${path === '' ? '/' : path}?${query.toString()}`)
          },
        })),
    [go],
  )
}
