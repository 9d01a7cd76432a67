import type { ArmReading, TrafficExperiment } from '@millrace/model-serving/contract'
import { ForestPlot } from '@millrace/ui/charts'
import { orNull, useLoad } from '@millrace/ui/data'
import { compact, percent, score } from '@millrace/ui/format'
import { Ago, PaneHead, Status, type State } from '@millrace/ui/parts'
import { endpointTopics } from '../load-endpoint.ts'

const states: Record<TrafficExperiment['verdict']['conclusion'], State> = {
  winner: 'ok',
  no_difference: 'idle',
  control_best: 'idle',
  undecided: 'live',
}

/** Experiments between versions, the newest first: the verdict in words, and each variant's difference with its interval. */
export function ExperimentsPane({ endpoint }: { endpoint: string }) {
  const experiments = useLoad({
    key: ['traffic-experiments', endpoint],
    load: (api, signal) => {
      const path = `endpoints/${encodeURIComponent(endpoint)}/experiments`
      return orNull(api.get<{ items: readonly TrafficExperiment[] }>(path, { signal }))
    },
    topics: endpointTopics,
    everyMs: 10_000,
  })
  const items = experiments.data?.items ?? []
  if (items.length === 0) return null
  return (
    <section className="sec" aria-label="Experiments">
      <PaneHead title="Experiments" fact="intervals hold at every look" />
      {items.slice(0, 3).map((each) => (
        <OneExperiment key={each.id} experiment={each} />
      ))}
    </section>
  )
}

function OneExperiment({ experiment }: { experiment: TrafficExperiment }) {
  const { verdict, spec, arms } = experiment
  const weights = new Map(arms.map((arm) => [arm.deploymentId, arm.weight]))
  const compared = verdict.arms.flatMap(({ version, improvement, lower, upper, n }) =>
    improvement === null || lower === null || upper === null || !Number.isFinite(upper - lower)
      ? []
      : [{ name: `v${version}`, value: improvement, low: lower, high: upper, rows: compact(n) }],
  )
  return (
    <div className="pad experiment">
      <p className="row t12">
        <Status boxed state={experiment.state === 'stopped' ? 'skip' : states[verdict.conclusion]}>
          {experiment.state}
        </Status>
        <span className="i2">{verdict.sentence}</span>
        <span className="push i3">
          {metricName(spec.metric)} · {spec.strategy.kind} · <Ago atMs={experiment.startedAtMs} />
        </span>
      </p>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Variants">
        <table className="tbl">
          <thead>
            <tr>
              <th>Variant</th>
              <th className="n">Share</th>
              <th className="n">Seen</th>
              <th className="n">Mean</th>
              <th className="n">Better by</th>
              <th className="n not-phone">p</th>
              <th>Verdict</th>
            </tr>
          </thead>
          <tbody>
            {verdict.arms.map((arm) => (
              <ArmRow key={arm.deploymentId} arm={arm} weight={weights.get(arm.deploymentId) ?? 0} />
            ))}
          </tbody>
        </table>
      </div>
      {compared.length === 0 ? null : <ForestPlot name="Difference to the control, with intervals" rows={compared} />}
    </div>
  )
}

function ArmRow({ arm, weight }: { arm: ArmReading; weight: number }) {
  const { improvement, lower, upper } = arm
  return (
    <tr>
      <td className="b num">v{arm.version}</td>
      <td className="n">{percent(weight / 100)}</td>
      <td className="n">{compact(arm.n)}</td>
      <td className="n">{arm.mean === null ? '·' : score(arm.mean)}</td>
      <td className="n">
        {improvement === null
          ? '·'
          : `${score(improvement)} (${lower === null ? '…' : score(lower)} to ${upper === null ? '…' : score(upper)})`}
      </td>
      <td className="n not-phone">{arm.pValue === null ? '·' : score(arm.pValue)}</td>
      <td>{arm.verdict === null ? 'control' : arm.verdict.replace('_', ' ')}</td>
    </tr>
  )
}

function metricName(metric: TrafficExperiment['spec']['metric']): string {
  return metric.kind === 'feedback' ? `feedback “${metric.name}”` : metric.kind.replace('_', ' ')
}
