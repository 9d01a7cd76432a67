import { AlertCard, Avatar, Meter, PaneHead, Status } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import type { VersionDetail } from './load-model.ts'

/** Beside the evidence: who decided, what comes next, the card, the signature. */
export function VersionAside({ version }: { version: VersionDetail }) {
  return (
    <aside>
      <Approvals version={version} />
      {version.next === null ? null : (
        <section>
          <PaneHead title="Next" />
          <div className="pad">
            <AlertCard tone={version.next.tone} title={version.next.title}>
              {version.next.says}
            </AlertCard>
            {version.next.to === null || version.next.act === null ? null : (
              <AppLink className="btn primary next-act" to={version.next.to}>
                {version.next.act}
              </AppLink>
            )}
          </div>
        </section>
      )}
      <Card card={version.card} />
      <Signature signature={version.signature} />
    </aside>
  )
}

function Approvals({ version }: { version: VersionDetail }) {
  const approvals = version.approvals
  if (approvals === null) {
    return (
      <section>
        <PaneHead title={`Approvals for v${version.version}`} />
        <p className="pad i3 t12">Nobody has been asked yet.</p>
      </section>
    )
  }
  return (
    <section>
      <PaneHead title={`Approvals for v${version.version}`}>
        <Status boxed state={approvals.state}>{`${approvals.given} of ${approvals.required}`}</Status>
      </PaneHead>
      <ul className="decisions">
        {approvals.decisions.map((decision) => (
          <li key={`${decision.by}:${decision.verdict}`}>
            <Avatar name={decision.by} />
            <div>
              <b className="b">{decision.by}</b> <span className="i3">{decision.role}</span>
              <p>{decision.says}</p>
            </div>
            <span
              className={`t12 nowrap ${decision.verdict === 'approved' ? 'ok' : decision.verdict === 'rejected' || decision.verdict === 'revoked' ? 'bad' : 'i3'}`}
            >
              {decision.verdict}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Card({ card }: { card: VersionDetail['card'] }) {
  if (card === null) return null
  return (
    <section>
      <PaneHead title="Model card" fact={`${card.measured} of ${card.total} measured`} />
      <div className="pad">
        <Meter
          share={card.total === 0 ? 0 : card.measured / card.total}
          label={`${card.measured} of ${card.total} figures measured`}
        />
        <dl className="card-figures">
          {card.figures.map((figure) => (
            <div key={figure.label}>
              <dt>{figure.label}</dt>
              <dd
                className={figure.evidence === null ? 'warn' : 'num'}
                title={figure.evidence ?? 'There is no evidence for this figure'}
              >
                {figure.value}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  )
}

function Signature({ signature }: { signature: VersionDetail['signature'] }) {
  return (
    <section>
      <PaneHead title="Signature" />
      {signature === null ? (
        <p className="pad i3 t12">None was recorded; inputs are not checked.</p>
      ) : (
        <table className="signature mono">
          <tbody>
            {signature.inputs.map((input, at) => (
              <tr key={input.name}>
                <td className="i3">{at === 0 ? 'in' : ''}</td>
                <td>{input.name}</td>
                <td className="water">{input.type}</td>
              </tr>
            ))}
            {signature.outputs.map((output, at) => (
              <tr key={output.name}>
                <td className="i3">{at === 0 ? 'out' : ''}</td>
                <td>{output.name}</td>
                <td className="water">{output.type}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
