import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useShortcuts } from '../shell/keys/shortcuts.tsx'
import { Icon, type IconName } from './icon.tsx'

const SETTLE_MS = 250

export interface SearchFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  placeholder?: string
  icon?: IconName
  mono?: boolean
  /** What stands at the end: "214 of 10,482 runs". */
  fact?: ReactNode
  /** `/` focuses it. */
  slash?: boolean
}

/** A filter or query. It is applied on `Enter`, and a quarter second after typing stops. */
export function SearchField({
  label,
  value,
  onChange,
  placeholder,
  icon = 'search',
  mono = false,
  fact,
  slash = false,
}: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const sent = useRef(value)
  useEffect(() => {
    // A facet or the back button changed it from outside; what is being typed is not overwritten.
    if (value !== sent.current) {
      sent.current = value
      setText(value)
    }
  }, [value])
  useEffect(() => {
    if (text === sent.current) return undefined
    const timer = setTimeout(() => {
      sent.current = text
      onChange(text)
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [text, onChange])
  useShortcuts(
    useMemo(() => (slash ? [{ keys: '/', says: label, act: () => input.current?.focus() }] : []), [slash, label]),
  )
  return (
    <label className={mono ? 'field search mono' : 'field search'}>
      <Icon name={icon} size={14} />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
          if (event.key !== 'Enter') return
          sent.current = text
          onChange(text)
        }}
      />
      {fact === undefined ? null : <span className="i3 nowrap not-phone fact">{fact}</span>}
      {slash ? <kbd className="not-phone">/</kbd> : null}
    </label>
  )
}
