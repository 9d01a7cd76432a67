import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { useHistory } from './history-context.ts'

export type ViewState<Key extends string> = Readonly<Record<Key, string>>

/** Writes view state as a query: what equals its default is left out, and `/ : , .` stay readable. */
export function writeQuery(
  search: string,
  defaults: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams(search)
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) continue
    if (value === defaults[key] || (value === '' && defaults[key] === undefined)) query.delete(key)
    else query.set(key, value)
  }
  const text = query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}

/** View state kept in the address: what is seen is what *copy link* copies. `defaults` must be a module constant. */
export function useViewState<Key extends string>(
  defaults: ViewState<Key>,
): [ViewState<Key>, (changes: Partial<Record<Key, string>>, options?: { push?: boolean }) => void] {
  const history = useHistory()
  const search = useSyncExternalStore(history.subscribe, () => history.location.search)
  const state = useMemo(() => {
    const query = new URLSearchParams(search)
    const read = Object.entries(defaults).map(([key, value]) => [key, query.get(key) ?? value])
    // The keys are those of `defaults`, which Object.fromEntries cannot say.
    return Object.fromEntries(read) as ViewState<Key>
  }, [search, defaults])
  const change = useCallback(
    (changes: Partial<Record<Key, string>>, options?: { push?: boolean }) => {
      const { pathname, search: now, hash } = history.location
      const next = pathname + writeQuery(now, defaults, { ...changes }) + hash
      if (options?.push === true) history.push(next)
      else history.replace(next)
    },
    [history, defaults],
  )
  return [state, change]
}
