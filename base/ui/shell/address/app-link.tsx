import { createContext, useContext, useMemo, type AnchorHTMLAttributes, type MouseEvent } from 'react'
import { useHistory } from './history-context.ts'

/** The address prefix of the workspace: `/ml/w/default`. */
export const WorkspacePathContext = createContext('')

export interface Go {
  /** The full address of a path within the workspace. */
  address: (to: string) => string
  to: (to: string, options?: { replace?: boolean }) => void
}

/** Moves within the workspace; `to` begins with `/` and may carry a query. */
export function useGo(): Go {
  const prefix = useContext(WorkspacePathContext)
  const history = useHistory()
  return useMemo(() => {
    const address = (to: string) => (to === '/' ? prefix : prefix + to)
    return {
      address,
      to: (to, options) => (options?.replace === true ? history.replace(address(to)) : history.push(address(to))),
    }
  }, [prefix, history])
}

/** A link to another page of the workspace: a true address, so that opening in a new tab and copying work. */
export function AppLink({
  to,
  onClick,
  children,
  ...rest
}: { to: string } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'>) {
  const go = useGo()
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (event.defaultPrevented || !plain) return
    event.preventDefault()
    go.to(to)
  }
  return (
    <a {...rest} href={go.address(to)} onClick={follow}>
      {children}
    </a>
  )
}
