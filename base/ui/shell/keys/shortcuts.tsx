import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react'
import { createKeyReader, type Shortcut } from './key-reader.ts'

interface ShortcutRegistry {
  add: (shortcuts: readonly Shortcut[]) => () => void
  all: () => Shortcut[]
}

const ShortcutContext = createContext<ShortcutRegistry | null>(null)

/** Listens once for the whole application; the page last mounted wins where two claim the same keys. */
export function ShortcutProvider({ children }: { children: ReactNode }) {
  const groups = useRef<Set<readonly Shortcut[]>>(new Set())
  const registry = useMemo<ShortcutRegistry>(
    () => ({
      add: (shortcuts) => {
        groups.current.add(shortcuts)
        return () => groups.current.delete(shortcuts)
      },
      all: () => [...groups.current].toReversed().flat(),
    }),
    [],
  )
  useEffect(() => {
    const reader = createKeyReader(() => registry.all())
    const listen = (event: KeyboardEvent) => {
      const found = reader.read(event, isTyping(event.target), event.timeStamp)
      if (found === null) return
      event.preventDefault()
      found.act()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [registry])
  return <ShortcutContext value={registry}>{children}</ShortcutContext>
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}

/** The registry, for the page of shortcuts. */
export function useShortcutList(): () => Shortcut[] {
  const registry = useContext(ShortcutContext)
  return registry === null ? () => [] : registry.all
}

/** Registers shortcuts while the component is mounted. Pass a stable array (`useMemo`). */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const registry = useContext(ShortcutContext)
  useEffect(() => registry?.add(shortcuts), [registry, shortcuts])
}
