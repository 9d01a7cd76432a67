import { useApi, useLoad } from '@millrace/ui/data'
import { count, duration } from '@millrace/ui/format'
import { AlertCard, At, Avatar, Button, Digest, Icon, Loaded, SearchField } from '@millrace/ui/parts'
import { AppLink, EntityHead, Page, useViewState } from '@millrace/ui/shell'
import { DataTable, type Column } from '@millrace/ui/table'
import { loadAudit, verifyChain, type AuditRow, type AuditView, type Chain as ChainView } from './load-audit.ts'
import './audit.css'

const defaults = { q: '' }

export default function AuditRoute() {
  const [{ q }, change] = useViewState(defaults)
  const api = useApi()
  const query = useLoad({ key: ['audit', q], load: (each, signal) => loadAudit(each, q, signal), everyMs: 5_000 })
  const chain = useLoad({ key: ['audit-chain'], load: verifyChain })
  return (
    <Page crumbs={[{ name: 'Audit log' }]} kind="audit" fixed>
      <EntityHead
        icon="log"
        title="Audit log"
        facts={chain.data === undefined ? undefined : `${count(chain.data.length + chain.data.unsealed)} entries`}
      >
        <Button icon="shield" onClick={() => void chain.refetch()} disabled={chain.isFetching}>
          {chain.isFetching ? 'Verifying…' : 'Verify again'}
        </Button>
        <a className="btn not-phone" href={api.url('audit/export')} download>
          <Icon name="download" size={14} />
          Export
        </a>
      </EntityHead>
      <Loaded query={query} rows={20}>
        {(view) => <AuditPage view={view} chain={chain.data ?? null} q={q} onQuery={(next) => change({ q: next })} />}
      </Loaded>
    </Page>
  )
}

/** Who did what, when, and can it be proved. */
export function AuditPage({
  view,
  chain,
  q,
  onQuery,
}: {
  view: AuditView
  chain: ChainView | null
  q: string
  onQuery: (q: string) => void
}) {
  const shown = `${count(view.items.length)} ${view.more ? 'newest shown' : 'entries'}`
  return (
    <>
      <div className="audit-top">
        {chain === null ? null : <Chain chain={chain} />}
        <SearchField
          slash
          mono
          icon="filter"
          label="Filter the log"
          placeholder="object = flight-delay and actor = maya and action = governance.*"
          value={q}
          onChange={onQuery}
          fact={shown}
        />
      </div>
      <div className="audit-table">
        <DataTable name="Audit log" rows={view.items} columns={columns} rowKey={(row) => row.id} />
      </div>
    </>
  )
}

function Chain({ chain }: { chain: ChainView }) {
  const tail = chain.unsealed === 0 ? '' : ` ${chain.unsealed} newer not sealed yet.`
  if (!chain.ok) {
    return (
      <AlertCard
        tone="bad"
        title={`The chain is broken at ${chain.firstBad === null ? 'its end' : count(chain.firstBad)}.`}
      >
        Records before it verify. Keep the data directory as it is and run <code>millrace audit verify</code>.
      </AlertCard>
    )
  }
  return (
    <AlertCard
      tone="ok"
      title={`Chain intact, 1 to ${count(chain.length)}.`}
      aside={chain.tookMs === null ? undefined : `checked in ${duration(chain.tookMs)}`}
    >
      Head {chain.head === null ? 'none yet' : <Digest value={chain.head} />}, also kept outside the database.{tail}
    </AlertCard>
  )
}

const columns: readonly Column<AuditRow>[] = [
  {
    id: 'sequence',
    head: 'Seq',
    width: 72,
    end: true,
    cell: (row) => <span className="i3">{row.sequence === null ? '…' : count(row.sequence)}</span>,
  },
  {
    id: 'time',
    head: 'Time',
    width: 118,
    phone: true,
    cell: (row) => (
      <span className="i3">
        <At atMs={row.atMs} />
      </span>
    ),
  },
  {
    id: 'who',
    head: 'Who',
    width: 118,
    grow: 1,
    phone: true,
    cell: (row) => (
      <span className="row">
        {row.actor.machine ? (
          <span className="avatar sm">
            <Icon name="prediction" size={12} />
          </span>
        ) : (
          <Avatar small name={row.actor.name} />
        )}
        <span className="ell">{row.actor.name}</span>
      </span>
    ),
  },
  {
    id: 'did',
    head: 'Did',
    width: 200,
    grow: 1.2,
    phone: true,
    cell: (row) => (
      <span className="b ell" title={row.reason ?? row.did}>
        {row.did}
      </span>
    ),
  },
  {
    id: 'to',
    head: 'To',
    width: 180,
    grow: 1.4,
    cell: (row) =>
      row.to.href === null ? (
        <span className="i2 ell">{row.to.name}</span>
      ) : (
        <AppLink className="i2 ell" to={row.to.href}>
          {row.to.name}
        </AppLink>
      ),
  },
  {
    id: 'why',
    head: 'Reason',
    width: 160,
    grow: 1.4,
    cell: (row) => (
      <span className="i3 ell" title={row.reason ?? undefined}>
        {row.reason ?? ''}
      </span>
    ),
  },
  {
    id: 'hash',
    head: 'Hash',
    width: 120,
    cell: (row) => (
      <span className={row.hash === null ? 'hash open' : 'hash'}>
        {row.hash === null ? <span className="i3 t11">not sealed yet</span> : <Digest value={row.hash} />}
      </span>
    ),
  },
]
