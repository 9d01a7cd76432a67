import { Button, KeyValue, Mark, PaneHead, Words } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import type { LineageView } from './load-lineage.ts'

/** The chosen node: what it is, where it comes from, what proves it. */
export function LineageAside({
  detail,
  truncated,
  kinds,
  onFocus,
}: {
  detail: LineageView['detail']
  truncated: boolean
  kinds: ReadonlyMap<string, string>
  onFocus: (kind: string, id: string) => void
}) {
  if (detail === null) {
    return (
      <aside className="lineage-aside">
        <p className="pad i3 t12">Choose a node to see what it is.</p>
      </aside>
    )
  }
  const kind = kinds.get(detail.id)
  return (
    <aside className="lineage-aside">
      <section className="lineage-title">
        <span className="t12 i3">{detail.kindName}</span>
        <h2>{detail.title}</h2>
        <div className="row">
          {detail.to === null ? null : (
            <AppLink className="btn sm" to={detail.to}>
              Open
            </AppLink>
          )}
          {kind === undefined ? null : (
            <Button small onClick={() => onFocus(kind, detail.id)}>
              Start from here
            </Button>
          )}
        </div>
        {truncated ? (
          <p className="row t12 warn">
            <Mark state="warn" />
            There is more than is drawn. Show fewer steps, or start nearer.
          </p>
        ) : null}
      </section>
      {detail.facts.length === 0 ? null : (
        <section>
          <PaneHead title="Facts" />
          <KeyValue entries={detail.facts.map(([name, value]) => [name, <Words key={name}>{value}</Words>] as const)} />
        </section>
      )}
      <section>
        <PaneHead title="Where it comes from" fact={detail.chain.length === 0 ? 'nothing before it' : undefined} />
        <ol className="chain">
          {detail.chain.map((stop) => (
            <li key={stop.id}>
              <i />
              <span className="i3">{stop.kindName}</span>
              <span className="ell">
                {stop.to === null ? (
                  <span className="b">{stop.name}</span>
                ) : (
                  <AppLink className="b" to={stop.to}>
                    {stop.name}
                  </AppLink>
                )}{' '}
                <span className="i3">{stop.fact}</span>
              </span>
            </li>
          ))}
        </ol>
      </section>
    </aside>
  )
}
