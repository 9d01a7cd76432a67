import { useEffect, useMemo, useState, type KeyboardEvent } from 'react'
import { Dialog } from '../../parts/dialog.tsx'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { useGo } from '../address/app-link.tsx'
import { rank } from './rank.ts'

/** Something the palette can open or do. */
export interface PaletteEntry {
  name: string
  /** "endpoint, canary 25%". */
  fact: string
  icon: IconName
  group: 'Pages' | 'Names' | 'Actions'
  to?: string
  act?: () => void
}

const SHOWN = 12
const SETTLE_MS = 120
const ID = /^(?:[a-z]{2,6}_\w{6,}|[0-9a-f]{32}|tr-[0-9a-f]+|m-[0-9a-f]+)$/

function matches(entries: readonly PaletteEntry[], query: string): PaletteEntry[] {
  const trimmed = query.trim()
  if (/^[#@:]/.test(trimmed)) return []
  const actionsOnly = trimmed.startsWith('>')
  const found = rank(
    entries.filter((entry) => !actionsOnly || entry.group === 'Actions'),
    actionsOnly ? trimmed.slice(1) : trimmed,
    (entry) => entry.name,
  ).slice(0, SHOWN)
  if (!ID.test(trimmed)) return found
  return [{ name: trimmed, fact: 'open by id', icon: 'link', group: 'Names', to: `/r/${trimmed}` }, ...found]
}

export interface PaletteProps {
  opened: boolean
  onClose: () => void
  entries: readonly PaletteEntry[]
  /** Finds what is too much to hold here, by what was typed, its prefix included; asked while one types. */
  find?: (query: string, signal: AbortSignal) => Promise<readonly PaletteEntry[]>
}

/** Opens any page, name, act or pasted id by a few letters. */
export function Palette({ opened, onClose, entries, find = findNothing }: PaletteProps) {
  return (
    <Dialog opened={opened} onClose={onClose} label="Search or run a command" width={560} high>
      <PaletteList entries={entries} find={find} onClose={onClose} />
    </Dialog>
  )
}

const noEntries: readonly PaletteEntry[] = []
const findNothing = () => Promise.resolve(noEntries)

/** What the server finds for a query; the last answer stays until the next one. */
function useFound(query: string, find: NonNullable<PaletteProps['find']>): readonly PaletteEntry[] {
  const [found, setFound] = useState(noEntries)
  useEffect(() => {
    const stop = new AbortController()
    const timer = setTimeout(() => {
      // What cannot be asked is not found; the names at hand are still there.
      find(query.trim(), stop.signal).then(setFound, () => stop.signal.aborted || setFound(noEntries))
    }, SETTLE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [query, find])
  return found
}

type ListProps = Required<Pick<PaletteProps, 'entries' | 'find' | 'onClose'>>

function PaletteList({ entries, find, onClose }: ListProps) {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const go = useGo()
  const fromServer = useFound(query, find)
  const found = useMemo(() => [...matches(entries, query), ...fromServer], [entries, query, fromServer])
  const open = (entry: PaletteEntry | undefined, newTab: boolean) => {
    if (entry === undefined) return
    onClose()
    if (entry.act !== undefined) entry.act()
    else if (entry.to !== undefined && newTab) window.open(go.address(entry.to), '_blank', 'noopener')
    else if (entry.to !== undefined) go.to(entry.to)
  }
  const onKey = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (move !== undefined) setAt((now) => Math.min(found.length - 1, Math.max(0, now + move)))
    else if (event.key === 'Enter') open(found[at], event.ctrlKey || event.metaKey)
    else return
    event.preventDefault()
  }
  return (
    <div className="palette">
      <label className="in">
        <Icon name="search" />
        <input
          value={query}
          onKeyDown={onKey}
          onChange={(event) => {
            setQuery(event.target.value)
            setAt(0)
          }}
          placeholder="Name, page or id; > action, # tag, @ person, : time"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length === 0 ? undefined : `palette-${at}`}
          data-autofocus
        />
      </label>
      <div className="palette-list" id="palette-list" role="listbox" aria-label="Matches" tabIndex={-1}>
        {found.map((entry, index) => (
          <button
            type="button"
            tabIndex={-1}
            key={`${entry.group}:${entry.to ?? entry.name}:${index}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onPointerMove={() => setAt(index)}
            onClick={(event) => open(entry, event.ctrlKey || event.metaKey)}
          >
            <Icon name={entry.icon} />
            <span className="ell">{entry.name}</span>
            <span className="push i3 t12 nowrap">{entry.fact}</span>
          </button>
        ))}
      </div>
      {found.length === 0 ? <p className="none">Nothing is called “{query}”.</p> : null}
      <footer>
        <span>
          <kbd>↵</kbd> open
        </span>
        <span>
          <kbd>Ctrl</kbd> <kbd>↵</kbd> new tab
        </span>
        <span className="push not-phone">&gt; actions, # tags, @ people, : time, or any id</span>
      </footer>
    </div>
  )
}
