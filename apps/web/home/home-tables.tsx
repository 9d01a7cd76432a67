import { runColours, Sparkline } from '@millrace/ui/charts'
import { compact, duration, score } from '@millrace/ui/format'
import { Ago, Alias, Dot, Ref, Status, StepBar } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import { useMemo } from 'react'
import type { ProductionRow, RecentPipelineRun, RecentRun } from './load-home.ts'

/** Endpoints: what answers, and is it well. */
export function ProductionTable({ rows }: { rows: readonly ProductionRow[] }) {
  if (rows.length === 0)
    return <p className="pad i3 t12">Nothing is deployed yet. A model version's page deploys it.</p>
  return (
    <div className="scroll-x">
      <table className="tbl tall">
        <thead>
          <tr>
            <th>Endpoint</th>
            <th>Health</th>
            <th className="n not-phone">Requests</th>
            <th className="n not-phone">p95</th>
            <th>Quality</th>
            <th className="n not-phone">Drifted</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.endpoint}>
              <td>
                <span className="row">
                  <AppLink className="b ell" to={row.to}>
                    {row.endpoint}
                  </AppLink>
                  <Versions versions={row.versions} />
                </span>
              </td>
              <td>
                <Status state={row.state}>{row.health}</Status>
              </td>
              <td className="n not-phone">
                {row.requestsPerSecond === null ? '·' : `${compact(row.requestsPerSecond)} /s`}
              </td>
              <td className="n not-phone">{duration(row.latencyP95Ms)}</td>
              <td>
                {row.quality.length < 2 ? (
                  <span className="i3 t12">no ground truth</span>
                ) : (
                  <Sparkline
                    name={`${row.qualityName} of ${row.endpoint}`}
                    values={row.quality}
                    width={92}
                    token={row.falling ? '--bad-mark' : '--water'}
                  />
                )}
              </td>
              <td className={`n not-phone ${(row.drifted?.features ?? 0) > 0 ? 'bad b' : 'i3'}`}>
                {row.drifted === null ? '·' : `${row.drifted.features} of ${row.drifted.of}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Versions({ versions }: { versions: ProductionRow['versions'] }) {
  const answering = versions.filter((version) => version.share > 0)
  if (answering.length === 1) return <span className="i3 num">{answering[0]?.name}</span>
  return answering.map((version) => (
    <span key={version.name} className="not-phone">
      <Alias name={`${version.name} ${Math.round(version.share * 100)}%`} stage={version.role} />
    </span>
  ))
}

/** The latest runs of all experiments. */
export function RunsTable({ rows }: { rows: readonly RecentRun[] }) {
  const slots = useMemo(() => runColours(rows.map((row) => row.id)), [rows])
  if (rows.length === 0) return <p className="pad i3 t12">No run yet.</p>
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Run</th>
          <th>Status</th>
          <th className="n">{rows.find((row) => row.metric !== null)?.metric?.name ?? 'Metric'}</th>
          <th className="not-phone">Curve</th>
          <th className="n not-phone">Started</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <span className="row">
                <Dot slot={slots.get(row.id) ?? 1} />
                <AppLink className="mono ell" to={row.to} title={row.name}>
                  {row.name}
                </AppLink>
                <span className="i3 ell not-phone">{row.experiment}</span>
              </span>
            </td>
            <td>
              <Status state={row.state}>{row.status}</Status>
            </td>
            <td className="n">{score(row.metric?.value)}</td>
            <td className="not-phone">
              {row.curve.length < 2 ? null : (
                <Sparkline name={`Curve of ${row.name}`} values={row.curve} token={`--run-${slots.get(row.id) ?? 1}`} />
              )}
            </td>
            <td className="n i3 not-phone">
              <Ago atMs={row.startedAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The latest pipeline runs. */
export function PipelineRunsTable({ rows }: { rows: readonly RecentPipelineRun[] }) {
  if (rows.length === 0) return <p className="pad i3 t12">No pipeline has run yet.</p>
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Pipeline</th>
          <th>Steps</th>
          <th className="not-phone">Trigger</th>
          <th className="n not-phone">Took</th>
          <th className="n">Started</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <AppLink className="b" to={row.to}>
                {row.pipeline}
              </AppLink>{' '}
              <span className="i3 num">#{row.number}</span>
            </td>
            <td>
              <StepBar
                steps={row.steps}
                label={`${row.steps.filter((step) => step === 'ran' || step === 'cached').length} of ${row.steps.length} steps done`}
              />
            </td>
            <td className="not-phone i2 trigger">
              <Ref icon={row.trigger.icon} name={row.trigger.name} to={null} />
            </td>
            <td className="n not-phone">{duration(row.tookMs)}</td>
            <td className="n i3">
              <Ago atMs={row.startedAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
