import { useEffect, useSyncExternalStore } from 'react'

interface ToastNote {
  id: number
  text: string
  undo?: () => void
}

const SHOWN_MS = 8_000
let notes: readonly ToastNote[] = []
let nextId = 1
const watchers = new Set<() => void>()

function become(next: readonly ToastNote[]): void {
  notes = next
  for (const notify of watchers) notify()
}

function watch(notify: () => void): () => void {
  watchers.add(notify)
  return () => watchers.delete(notify)
}

/** Says in one line what was done; with `undo` it can be taken back for eight seconds. */
export function toast(text: string, undo?: () => void): void {
  const id = nextId++
  become([...notes, undo === undefined ? { id, text } : { id, text, undo }].slice(-3))
}

/** Takes back the newest act whose toast is still shown. False when there is none. */
export function undoLast(): boolean {
  const last = notes.findLast((each) => each.undo !== undefined)
  if (last === undefined) return false
  become(notes.filter((each) => each.id !== last.id))
  last.undo?.()
  return true
}

/** Where toasts appear: bottom left. Mount once. */
export function Toasts() {
  const shown = useSyncExternalStore(watch, () => notes)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((note) => (
        <Note key={note.id} note={note} />
      ))}
    </div>
  )
}

function Note({ note }: { note: ToastNote }) {
  const { id } = note
  useEffect(() => {
    const timer = setTimeout(() => become(notes.filter((each) => each.id !== id)), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [id])
  const undo = () => {
    become(notes.filter((each) => each.id !== id))
    note.undo?.()
  }
  return (
    <div className="toast">
      {note.text}
      {note.undo === undefined ? null : (
        <button type="button" onClick={undo}>
          Undo
        </button>
      )}
    </div>
  )
}
