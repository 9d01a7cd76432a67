import { useAct, useLoad, type Api } from '@millrace/ui/data'
import { Button, Confirm, EmptyState, Loaded, PaneHead, toast } from '@millrace/ui/parts'
import { useState } from 'react'

interface SecretRow {
  name: string
  kind: string
  says: string
}

interface Items<Item> {
  items: readonly Item[]
}

async function loadSecrets(api: Api, signal: AbortSignal): Promise<readonly SecretRow[]> {
  const [webhooks, channels] = await Promise.all([
    api.get<Items<{ name: string; signed?: boolean }>>('webhooks', { query: { limit: 200 }, signal }),
    api.get<Items<{ name: string; kind: string; target: string }>>('notification-channels', {
      query: { limit: 200 },
      signal,
    }),
  ])
  return [
    ...webhooks.items.map(({ name }) => ({ name, kind: 'webhook', says: 'the key that signs what it is sent' })),
    ...channels.items.map(({ name, kind, target }) => ({
      name,
      kind: `${kind} channel`,
      says: `how to reach ${target}`,
    })),
  ]
}

/** What lies sealed in the store, by name: no page and no answer ever shows a secret itself. */
export default function SecretsSection() {
  const query = useLoad({ key: ['secrets'], load: loadSecrets })
  const [asking, setAsking] = useState(false)
  const rotate = useAct((api) =>
    api.post<{ resealed: number }>('secrets/rotation', { newKey: true }, { scope: 'server' }),
  )
  return (
    <Loaded query={query}>
      {(rows) => (
        <>
          <PaneHead title="Secrets at rest" fact="names only; what they hold is never shown">
            <Button small onClick={() => setAsking(true)}>
              New key
            </Button>
          </PaneHead>
          {rows.length === 0 ? (
            <EmptyState title="No secrets">
              Signing keys of webhooks and addresses of channels are listed here.
            </EmptyState>
          ) : (
            <SecretTable rows={rows} />
          )}
          <Confirm
            opened={asking}
            title="Seal every secret with a new key?"
            act="Make a new key"
            keep="Keep the key"
            busy={rotate.isPending}
            problem={rotate.error}
            onConfirm={() =>
              rotate.mutate(undefined, {
                onSuccess: ({ resealed }) => {
                  toast(`${resealed} secrets are sealed with the new key`)
                  setAsking(false)
                },
              })
            }
            onClose={() => setAsking(false)}
          >
            Secrets of all workspaces are sealed again. Older keys stay in the key file, so that backups still open.
          </Confirm>
        </>
      )}
    </Loaded>
  )
}

function SecretTable({ rows }: { rows: readonly SecretRow[] }) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Name</th>
          <th>Of</th>
          <th className="not-phone">Holds</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.kind}:${row.name}`}>
            <td className="b">{row.name}</td>
            <td>{row.kind}</td>
            <td className="i3 not-phone">{row.says}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
