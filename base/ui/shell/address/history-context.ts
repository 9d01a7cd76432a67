import type { RouterHistory } from '@tanstack/react-router'
import { createContext, useContext } from 'react'

/** The browser's history as the router keeps it. */
export const HistoryContext = createContext<RouterHistory | null>(null)

export function useHistory(): RouterHistory {
  const history = useContext(HistoryContext)
  if (history === null) throw new Error('A link or view state is used outside HistoryContext')
  return history
}
