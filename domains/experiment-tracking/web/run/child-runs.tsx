import { score } from '@millrace/ui/format'
import { PaneHead, Status } from '@millrace/ui/parts'
import { AppLink, href } from '@millrace/ui/shell'
import type { RunRow } from '../load-experiment.ts'
import { metricKeys, paramKeys } from '../run-table.ts'

const MOST_COLUMNS = 4

/** The runs that are part of this one: the trials of a search. */
export function ChildRuns({ experiment, runs }: { experiment: string; runs: readonly RunRow[] }) {
  if (runs.length === 0) return null
  const metrics = metricKeys(runs, null).slice(0, MOST_COLUMNS)
  const params = paramKeys(runs).slice(0, MOST_COLUMNS)
  return (
    <section className="sec" aria-label="Runs within">
      <PaneHead title="Runs within" fact={runs.length} />
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>Run</th>
              <th>Status</th>
              {[...metrics, ...params].map((key) => (
                <th key={key} className="n">
                  {key}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id}>
                <td>
                  <AppLink className="mono" to={href('experiments', experiment, 'runs', run.id)}>
                    {run.name}
                  </AppLink>
                </td>
                <td>
                  <Status state={run.state}>{run.status}</Status>
                </td>
                {metrics.map((key) => (
                  <td key={key} className="n">
                    {score(run.metrics[key])}
                  </td>
                ))}
                {params.map((key) => (
                  <td key={key} className="n mono">
                    {(run.params[key] ?? '·').slice(0, 10)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
