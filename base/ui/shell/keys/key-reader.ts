/** Keys as people read them: `g h` (one after the other), `Ctrl K` (together; ⌘ counts as Ctrl), `?`, `.`. */
export interface Shortcut {
  keys: string
  says: string
  act: () => void
}

export interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

const SEQUENCE_MS = 1_000

/** Matches key presses against shortcuts. While someone types only combinations with Ctrl count. */
export function createKeyReader(shortcuts: () => readonly Shortcut[]): {
  read: (press: KeyPress, typing: boolean, atMs: number) => Shortcut | null
} {
  let prefix: { key: string; atMs: number } | null = null
  return {
    read: (press, typing, atMs) => {
      const name = nameOf(press)
      if (name === null) return null
      if (typing && !name.startsWith('Ctrl ')) return null
      const sequence = prefix !== null && atMs - prefix.atMs < SEQUENCE_MS ? `${prefix.key} ${name}` : null
      prefix = null
      const all = shortcuts()
      const found = all.find((each) => each.keys === sequence) ?? all.find((each) => each.keys === name)
      if (found === undefined && all.some((each) => each.keys.startsWith(`${name} `))) prefix = { key: name, atMs }
      return found ?? null
    },
  }
}

function nameOf(press: KeyPress): string | null {
  if (['Control', 'Meta', 'Alt', 'Shift'].includes(press.key)) return null
  const key =
    ARROWS[press.key] ??
    (press.key.length === 1 && (press.ctrlKey || press.metaKey) ? press.key.toUpperCase() : press.key)
  if (press.ctrlKey || press.metaKey) return `Ctrl ${key}`
  return press.altKey ? `Alt ${key}` : key
}

const ARROWS: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓' }
