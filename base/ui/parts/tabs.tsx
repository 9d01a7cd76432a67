import type { KeyboardEvent } from 'react'

export interface Tab<Id extends string> {
  id: Id
  name: string
  count?: number
}

/** Tabs of an entity; arrows move between them. */
export function Tabs<Id extends string>({
  tabs,
  value,
  onChange,
  label,
}: {
  tabs: readonly Tab<Id>[]
  value: Id
  onChange: (id: Id) => void
  label: string
}) {
  const onKey = (event: KeyboardEvent) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (move === undefined || event.altKey) return
    event.preventDefault()
    const at = tabs.findIndex((tab) => tab.id === value)
    const next = tabs[(at + move + tabs.length) % tabs.length]
    if (next === undefined) return
    onChange(next.id)
    const list = event.currentTarget.parentElement
    requestAnimationFrame(() => list?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus())
  }
  return (
    <div className="tabs" role="tablist" aria-label={label}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          aria-selected={tab.id === value}
          tabIndex={tab.id === value ? 0 : -1}
          onKeyDown={onKey}
          onClick={() => onChange(tab.id)}
        >
          {tab.name}
          {tab.count === undefined ? null : <span className="c">{tab.count}</span>}
        </button>
      ))}
    </div>
  )
}
