import type { Trial } from '@millrace/hyperparameter-optimization/contract'
import { count, duration, score } from '@millrace/ui/format'
import { Chip, PaneHead, Status } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import { trialState } from './load-study.ts'

const SHOWN = 200

/** Every trial with its parameters, the newest first. */
export function TrialsTable({ trials, best, more }: { trials: readonly Trial[]; best: string | null; more: boolean }) {
  const params = [...new Set(trials.flatMap((trial) => Object.keys(trial.params)))]
  return (
    <section className="sec" aria-label="Trials">
      <PaneHead title="Trials" fact={`${count(trials.length)}${more ? '+' : ''}`} />
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th className="n">Trial</th>
              <th>State</th>
              <th className="n">Value</th>
              {params.map((param) => (
                <th key={param} className="n not-phone">
                  {param}
                </th>
              ))}
              <th className="n not-phone">Took</th>
              <th>Run</th>
            </tr>
          </thead>
          <tbody>
            {trials
              .toReversed()
              .slice(0, SHOWN)
              .map((trial) => (
                <tr key={trial.id} className={trial.id === best ? 'current' : ''}>
                  <td className="n">{trial.number}</td>
                  <td>
                    <span className="row">
                      <Status state={trialState(trial.state)}>{trial.state}</Status>
                      {trial.id === best ? <Chip>best</Chip> : null}
                    </span>
                  </td>
                  <td className="n b">{score(trial.value)}</td>
                  {params.map((param) => (
                    <td key={param} className="n mono not-phone">
                      {written(trial.params[param])}
                    </td>
                  ))}
                  <td className="n not-phone">
                    {duration(trial.endedAtMs === null ? null : trial.endedAtMs - trial.startedAtMs)}
                  </td>
                  <td>
                    {trial.runId === null ? (
                      <span className="i3">·</span>
                    ) : (
                      <AppLink className="mono" to={`/r/${trial.runId}`}>
                        {trial.runId.slice(0, 8)}
                      </AppLink>
                    )}
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function written(value: Trial['params'][string] | undefined): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)))
  return value === undefined || value === null ? '·' : String(value)
}
