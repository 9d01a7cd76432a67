import type { Token } from '@millrace/access/contract'
import { useAct, useLoad, type Api } from '@millrace/ui/data'
import { Ago, At, Button, Confirm, EmptyState, Loaded, PaneHead, Status } from '@millrace/ui/parts'
import { useState } from 'react'
import { MakeToken } from './make-token.tsx'

interface TokensView {
  /** Null where the caller has no account: then there are no tokens of their own. */
  tokens: readonly Token[] | null
}

async function loadTokens(api: Api, signal: AbortSignal): Promise<TokensView> {
  const session = await api.get<{ user: unknown }>('session', { scope: 'server', signal })
  if (session.user === null) return { tokens: null }
  const { items } = await api.get<{ items: readonly Token[] }>('me/tokens', { signal })
  return { tokens: items }
}

/** One's own API tokens: make (shown once), see when they were used, revoke. */
export default function TokensSection() {
  const query = useLoad({ key: ['own-tokens'], load: loadTokens, topics: ['access.token'] })
  const [making, setMaking] = useState(false)
  return (
    <Loaded query={query}>
      {({ tokens }) =>
        tokens === null ? (
          <EmptyState title="No account, no tokens">
            This server is open to the person at this machine: clients here need no token. With “--auth required”
            everybody signs in, and makes tokens on this page.
          </EmptyState>
        ) : (
          <>
            <PaneHead title="API tokens" fact={tokens.length}>
              <Button small icon="plus" onClick={() => setMaking(true)}>
                New token
              </Button>
            </PaneHead>
            {tokens.length === 0 ? (
              <EmptyState title="No tokens yet">
                A token lets a program act as you, as far as its scopes reach.
              </EmptyState>
            ) : (
              <TokenTable tokens={tokens} />
            )}
            {making ? <MakeToken onClose={() => setMaking(false)} /> : null}
          </>
        )
      }
    </Loaded>
  )
}

function TokenTable({ tokens }: { tokens: readonly Token[] }) {
  const [doomed, setDoomed] = useState<Token | null>(null)
  const revoke = useAct((api, id: string) => api.delete(`me/tokens/${encodeURIComponent(id)}`))
  return (
    <>
      <table className="tbl">
        <thead>
          <tr>
            <th>Token</th>
            <th className="not-phone">Reaches</th>
            <th className="not-phone">Made</th>
            <th>Last used</th>
            <th className="not-phone">Ends</th>
            <th>
              <span className="sr-only">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setDoomed(token)} />
          ))}
        </tbody>
      </table>
      <Confirm
        opened={doomed !== null}
        title={`Revoke ${doomed?.name ?? ''}?`}
        act="Revoke"
        keep="Keep it"
        destructive
        busy={revoke.isPending}
        problem={revoke.error}
        onConfirm={() => doomed !== null && revoke.mutate(doomed.id, { onSuccess: () => setDoomed(null) })}
        onClose={() => setDoomed(null)}
      >
        The next request with it is refused. It cannot be made valid again.
      </Confirm>
    </>
  )
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const ended = token.revokedAtMs !== null || (token.expiresAtMs !== null && token.expiresAtMs < Date.now())
  return (
    <tr>
      <td>
        <span className="b">{token.name}</span>
      </td>
      <td className="not-phone ell mono" style={{ maxWidth: 260 }} title={token.scopes?.join(', ')}>
        {token.scopes === null ? <span className="i3">all you may</span> : token.scopes.join(', ')}
      </td>
      <td className="i3 not-phone">
        <Ago atMs={token.createdAtMs} />
      </td>
      <td className="i3">{token.lastUsedAtMs === null ? 'never' : <Ago atMs={token.lastUsedAtMs} />}</td>
      <td className="i3 not-phone">{token.expiresAtMs === null ? 'never' : <At atMs={token.expiresAtMs} />}</td>
      <td className="n">
        {ended ? (
          <Status state="idle">{token.revokedAtMs === null ? 'Expired' : 'Revoked'}</Status>
        ) : (
          <Button small tone="danger" onClick={onRevoke}>
            Revoke
          </Button>
        )}
      </td>
    </tr>
  )
}
