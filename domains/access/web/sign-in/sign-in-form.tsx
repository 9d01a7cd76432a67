import { asProblem, type Api, type Problem } from '@millrace/ui/data'
import { Button, Field, Logo, Refused } from '@millrace/ui/parts'
import { useEffect, useState, type FormEvent } from 'react'
import { loadSession, type SessionView } from './load-session.ts'

/** Name and password, or the organisation's own sign-in. Comes back to the same view. */
export function SignInForm({
  api,
  workspace,
  expired = false,
  onDone,
}: {
  api: Api
  workspace: string
  expired?: boolean
  onDone: () => void
}) {
  const methods = useMethods(api)
  const form = usePasswordForm(api, onDone)
  const [elsewhere, setElsewhere] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    form.send(elsewhere ? workspace : 'default')
  }
  return (
    <form className="confirm sign-in" onSubmit={submit}>
      {expired ? null : (
        <span className="row sb sign-in-brand">
          <Logo /> Millrace
        </span>
      )}
      <h1>{expired ? 'Your session has ended' : 'Sign in'}</h1>
      <p className="t12 i2">
        {expired
          ? 'Sign in again to go on where you are. What you typed is still there.'
          : `To workspace ${workspace}.`}
      </p>
      {methods.includes('oidc') ? (
        <>
          <a className="btn" href={api.serverUrl('session/oidc', { returnTo: here() })}>
            Sign in with your organisation
          </a>
          <p className="t11 i3 or">or with a password</p>
        </>
      ) : null}
      <Field
        label="Name"
        name="username"
        autoComplete="username"
        required
        value={form.name}
        onChange={(event) => form.setName(event.target.value)}
        data-autofocus
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        value={form.password}
        onChange={(event) => form.setPassword(event.target.value)}
      />
      {workspace === 'default' ? null : (
        <label className="row t12 i2">
          <input type="checkbox" checked={elsewhere} onChange={(event) => setElsewhere(event.target.checked)} />
          The account was made in {workspace}
        </label>
      )}
      <Refused problem={form.problem} />
      <Button type="submit" tone="primary" disabled={form.busy || form.name === '' || form.password === ''}>
        {form.busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  )
}

const here = () => location.pathname + location.search + location.hash

function useMethods(api: Api): SessionView['methods'] {
  const [methods, setMethods] = useState<SessionView['methods']>(['password'])
  useEffect(() => {
    const stop = new AbortController()
    // Where it cannot be asked, the password form still says why it fails.
    loadSession(api, stop.signal).then(
      (session) => setMethods(session.methods),
      () => {},
    )
    return () => stop.abort()
  }, [api])
  return methods
}

function usePasswordForm(api: Api, onDone: () => void) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const send = (workspace: string) => {
    setBusy(true)
    setProblem(null)
    api
      .post('session', { name: name.trim(), password, workspace }, { scope: 'server' })
      .then(onDone, (thrown: unknown) => {
        setProblem(asProblem(thrown))
        setPassword('')
      })
      .finally(() => setBusy(false))
  }
  return { name, setName, password, setPassword, busy, problem, send }
}
