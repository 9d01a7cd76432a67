import { createApi, type Api } from '@millrace/ui/data'
import { Dialog } from '@millrace/ui/parts'
import { useMemo, useState, type ReactNode } from 'react'
import { SignInForm } from './sign-in-form.tsx'
import './sign-in.css'

type Standing = 'in' | 'out' | 'expired'

/**
 * Makes the workspace's API and watches its answers. Who is not let in gets the sign-in page at the address they asked
 * for; a session that ends while one works asks again over the page, whose state stays.
 */
export function SignInGate({
  basePath,
  workspace,
  children,
}: {
  basePath: string
  workspace: string
  /** `session` counts the times one signed in again while the page was open. */
  children: (api: Api, session: number) => ReactNode
}) {
  const [session, setSession] = useState(0)
  const [standing, setStanding] = useState<Standing>('in')
  const api = useMemo(
    () => createApi({ baseUrl: basePath, workspace, onAnswer: listener(setStanding) }),
    [basePath, workspace],
  )
  const asking = useMemo(() => createApi({ baseUrl: basePath, workspace }), [basePath, workspace])
  const enter = () => {
    setSession((now) => now + 1)
    setStanding('in')
  }
  if (standing === 'out') {
    return (
      <main className="sign-in-page">
        <SignInForm api={asking} workspace={workspace} onDone={enter} />
      </main>
    )
  }
  return (
    <>
      {children(api, session)}
      <Dialog opened={standing === 'expired'} onClose={stay} label="Sign in again" width={400} stays>
        <SignInForm api={asking} workspace={workspace} onDone={enter} expired />
      </Dialog>
    </>
  )
}

/** Hears each answer's status: a refusal before anything was let through is somebody who is not in, one after is a session that ended. */
function listener(become: (next: (now: Standing) => Standing) => void): (status: number) => void {
  let wasIn = false
  return (status) => {
    if (status === 401) become((now) => (now === 'in' ? (wasIn ? 'expired' : 'out') : now))
    else if (status < 400) wasIn = true
  }
}

// The dialog cannot be closed without signing in: nothing behind it would answer.
function stay(): void {}
