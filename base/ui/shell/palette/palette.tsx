import { useMemo, useState, type KeyboardEvent } from 'react'
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
const ID = /^(?:[a-z]{2,6}_\w{6,}|[0-9a-f]{32}|tr-[0-9a-f]+|m-[0-9a-f]+)$/

function matches(entries: readonly PaletteEntry[], query: string): PaletteEntry[] {
  const trimmed = query.trim()
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
}

/** Opens any page, name, act or pasted id by a few letters. */
export function Palette({ opened, onClose, entries }: PaletteProps) {
  return (
    <Dialog opened={opened} onClose={onClose} label="Search or run a command" width={560} high>
      <PaletteList entries={entries} onClose={onClose} />
    </Dialog>
  )
}

function PaletteList({ entries, onClose }: { entries: readonly PaletteEntry[]; onClose: () => void }) {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const go = useGo()
  const found = useMemo(() => matches(entries, query), [entries, query])
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
          placeholder="Page, name, id, or > for an action"
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
            key={`${entry.group}:${entry.to ?? entry.name}`}
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
        <span className="push">&gt; actions, or paste any id</span>
      </footer>
    </div>
  )
}
