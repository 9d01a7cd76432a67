import type { Session } from '@millrace/access/contract'
import { orNull, useAct, useApi, useLoad, type Api } from '@millrace/ui/data'
import { Ago, At, Button, Field, FormDialog, KeyValue, Loaded, PaneHead, toast } from '@millrace/ui/parts'
import { useState } from 'react'
import { loadSession, type SessionView } from '../sign-in/load-session.ts'

interface ProfileView {
  me: { actor: { name: string; kind: string }; roles: readonly string[]; workspace: string; scopes?: readonly string[] }
  session: SessionView
  sessions: readonly Session[]
}

async function loadProfile(api: Api, signal: AbortSignal): Promise<ProfileView> {
  const [me, session] = await Promise.all([api.get<ProfileView['me']>('me', { signal }), loadSession(api, signal)])
  const sessions = session.user === null ? null : await orNull(api.get<{ items: Session[] }>('me/sessions', { signal }))
  return { me, session, sessions: sessions?.items ?? [] }
}

/** Who one is here: name, roles, password, and the browsers in which one is signed in. */
export default function ProfileSection() {
  const query = useLoad({ key: ['profile'], load: loadProfile, topics: ['access'] })
  return <Loaded query={query}>{(view) => <Profile view={view} />}</Loaded>
}

function Profile({ view }: { view: ProfileView }) {
  const { me, session } = view
  const [changing, setChanging] = useState(false)
  const signOut = useSignOut()
  const hasAccount = session.user !== null
  return (
    <>
      <PaneHead title="You">
        {hasAccount ? (
          <>
            <Button small onClick={() => setChanging(true)}>
              Change password
            </Button>
            <Button small onClick={signOut}>
              Sign out
            </Button>
          </>
        ) : null}
      </PaneHead>
      <KeyValue
        entries={[
          ['Name', me.actor.name],
          ['Account', hasAccount ? 'an account of this server' : 'none: the person at this machine, with all rights'],
          ['Roles here', me.roles.length === 0 ? 'none on the whole workspace' : me.roles.join(', ')],
          ['Workspace', me.workspace],
          ...(session.expiresAtMs === null
            ? []
            : [['Session ends', <At key="at" atMs={session.expiresAtMs} />] as const]),
        ]}
      />
      {hasAccount ? <Sessions sessions={view.sessions} currentId={session.sessionId} /> : null}
      <ChangePassword opened={changing} onClose={() => setChanging(false)} />
    </>
  )
}

function useSignOut(): () => void {
  const api = useApi()
  return () => {
    // Whatever the answer, the page is asked anew and shows who is in.
    void api.delete('session', { scope: 'server' }).finally(() => location.reload())
  }
}

function Sessions({ sessions, currentId }: { sessions: readonly Session[]; currentId: string | null }) {
  const end = useAct((api, id: string) => api.delete(`me/sessions/${encodeURIComponent(id)}`))
  return (
    <section className="sec" aria-label="Sessions">
      <PaneHead title="Signed in" fact={sessions.length} />
      <table className="tbl">
        <thead>
          <tr>
            <th>Browser</th>
            <th className="not-phone">By</th>
            <th className="n not-phone">Since</th>
            <th className="n">Last used</th>
            <th>
              <span className="sr-only">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id}>
              <td className="ell" title={session.client} style={{ maxWidth: 320 }}>
                {browserOf(session.client)}
                {session.id === currentId ? <span className="i3 t12"> this one</span> : null}
              </td>
              <td className="not-phone">{session.method === 'oidc' ? 'your organisation' : 'password'}</td>
              <td className="n i3 not-phone">
                <Ago atMs={session.createdAtMs} />
              </td>
              <td className="n i3">
                <Ago atMs={session.lastUsedAtMs} />
              </td>
              <td className="n">
                {session.id === currentId ? null : (
                  <Button small tone="danger" onClick={() => end.mutate(session.id)}>
                    End
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** "Chrome on Linux" from what a browser says of itself. */
function browserOf(client: string): string {
  const name = ['Firefox', 'Edg', 'Chrome', 'Safari'].find((each) => client.includes(each))
  const system = ['Windows', 'Android', 'iPhone', 'Mac', 'Linux'].find((each) => client.includes(each))
  if (name === undefined) return client === '' ? 'a program' : client
  return system === undefined ? name : `${name === 'Edg' ? 'Edge' : name} on ${system}`
}

function ChangePassword({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const change = useAct((api) => api.put('me/password', { current, password }))
  const submit = () =>
    change.mutate(undefined, {
      onSuccess: () => {
        toast('Password changed. Other sessions ended.')
        setCurrent('')
        setPassword('')
        onClose()
      },
    })
  return (
    <FormDialog
      opened={opened}
      title="Change password"
      says="Your other sessions end. Tokens stay."
      act="Change password"
      keep="Keep it"
      ready={current !== '' && password.length >= 12}
      busy={change.isPending}
      problem={change.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label="Present password"
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
        data-autofocus
      />
      <Field
        label="New password"
        type="password"
        autoComplete="new-password"
        hint="At least 12 characters; no rule about which."
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
    </FormDialog>
  )
}
