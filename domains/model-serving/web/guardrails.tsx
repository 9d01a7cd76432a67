import { GuardrailInterval } from '@millrace/ui/charts'
import { compact } from '@millrace/ui/format'
import { PaneHead, Status } from '@millrace/ui/parts'
import type { RolloutView } from './load-endpoint.ts'

/** Both values, their difference as interval against the limit, the samples, the verdict in words. */
export function Guardrails({ rollout }: { rollout: RolloutView }) {
  return (
    <section aria-label="Guardrails">
      <PaneHead
        title="Guardrails"
        fact={`${rollout.canary} against ${rollout.champion}, sequential test, always valid`}
      />
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>Guardrail</th>
              <th className="n">{rollout.champion}</th>
              <th className="n">{rollout.canary}</th>
              <th className="not-phone">How much worse, with its interval and limit</th>
              <th className="n not-phone">Samples</th>
              <th>Verdict</th>
            </tr>
          </thead>
          <tbody>
            {rollout.guardrails.map((guardrail) => (
              <tr key={guardrail.name}>
                <td className="b">{guardrail.name}</td>
                <td className="n">{guardrail.champion}</td>
                <td className="n">{guardrail.canary}</td>
                <td className="not-phone">
                  {guardrail.interval.value === null && guardrail.state !== 'wait' ? (
                    <span className="i3 t12">held against {guardrail.limitSays}</span>
                  ) : (
                    <GuardrailInterval
                      interval={guardrail.interval}
                      limit={guardrail.limit}
                      allowed="below"
                      state={guardrail.state}
                    />
                  )}
                </td>
                <td className="n i3 not-phone">{compact(guardrail.samples)}</td>
                <td>
                  <Status state={guardrail.state}>{guardrail.verdict}</Status>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
