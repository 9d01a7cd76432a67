import type { Release } from '@millrace/delivery/contract'
import { useAct, useLoad } from '@millrace/ui/data'
import {
  Button,
  CheckRow,
  Confirm,
  KeyValue,
  Loaded,
  PaneHead,
  Status,
  Stops,
  StopsHead,
  Timeline,
} from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, Thread, type PageParams } from '@millrace/ui/shell'
import { useState } from 'react'
import { loadRelease, overrideRelease, releaseStatus, releaseTopics, type ReleaseView } from './load-releases.ts'
import { stepState } from './step-state.ts'
import './release.css'

export default function ReleaseRoute({ params }: PageParams) {
  const release = params['release'] ?? ''
  const query = useLoad({
    key: ['release', release],
    load: (api, signal) => loadRelease(api, release, signal),
    topics: releaseTopics,
  })
  const found = query.data?.release
  const name = found === undefined ? release : `${found.policy} #${found.number}`
  return (
    <Page crumbs={[{ name: 'Releases', to: '/releases' }, { name }]} kind="release">
      <Loaded query={query} rows={20}>
        {(view) => <ReleasePage view={view} />}
      </Loaded>
    </Page>
  )
}

/** A release: what set it off, how far it came, what each decision rested on. */
export function ReleasePage({ view: { release, stops, thread } }: { view: ReleaseView }) {
  const { state, status } = releaseStatus(release)
  return (
    <>
      <EntityHead
        icon="retry"
        title={
          <>
            {release.policy} <span className="i3 num">#{release.number}</span>
          </>
        }
        verdict={
          <Status boxed state={state}>
            {status}
          </Status>
        }
        facts={release.trigger.reason ?? `set off by ${release.trigger.kind}`}
      >
        {release.state === 'rejected' && release.versionId !== null ? <Override release={release} /> : null}
      </EntityHead>
      <Thread stops={thread} />
      <div className="split">
        <div className="col">
          {stops === null ? null : (
            <section className="release-stops" aria-label="Stops">
              <StopsHead />
              <Stops
                figures={stops.figures}
                at={stops.at}
                {...(stops.broken === undefined ? {} : { broken: stops.broken })}
              />
            </section>
          )}
          <p className="pad release-sentence">{release.sentence}</p>
          <section className="sec" aria-label="Timeline">
            <PaneHead title="Timeline" fact={`${release.timeline.length} entries`} />
            <Timeline
              entries={release.timeline.map((entry) => ({
                atMs: entry.atMs,
                state: stepState(entry.step),
                says: entry.sentence,
                more: <Refs refs={entry.refs} />,
              }))}
            />
          </section>
        </div>
        <ReleaseAside release={release} />
      </div>
    </>
  )
}

function Refs({ refs }: { refs: Release['timeline'][number]['refs'] }) {
  return (
    <span className="row wrap">
      {refs.map((ref) => (
        <AppLink key={`${ref.kind}:${ref.id}`} className="link" to={href('lineage', ref.kind, ref.id)}>
          {ref.kind.replaceAll('-', ' ')}
        </AppLink>
      ))}
    </span>
  )
}

function ReleaseAside({ release }: { release: Release }) {
  const gate = release.gate
  return (
    <aside>
      <section aria-label="Facts">
        <PaneHead title="Facts" />
        <KeyValue entries={factsOf(release)} />
      </section>
      {gate === null ? null : (
        <section aria-label="Gate">
          <PaneHead title="Gate" fact={`policy ${gate.policy}`} />
          {gate.checks.map((check) => (
            <CheckRow
              key={check.name}
              state={check.verdict === 'pass' ? 'ok' : check.verdict === 'fail' ? 'bad' : 'warn'}
              name={check.name}
              found={
                check.override === null
                  ? check.sentence
                  : `overridden by ${check.override.by}: ${check.override.reason}`
              }
            />
          ))}
        </section>
      )}
    </aside>
  )
}

function factsOf(release: Release) {
  const link = (to: string, name: string) => (
    <AppLink key={to} className="link" to={to}>
      {name}
    </AppLink>
  )
  const { spec, pipelineRunId, approvalId, rolloutId, version } = release
  const entries: (readonly [string, React.ReactNode])[] = [
    ['Set off by', `${release.trigger.kind}${release.trigger.by === null ? '' : `, ${release.trigger.by.name}`}`],
    ['Model', link(href('models', release.model), release.model)],
    ['Endpoint', link(href('endpoints', release.endpoint), release.endpoint)],
  ]
  if (pipelineRunId !== null)
    entries.push(['Training', link(href('pipelines', spec.pipeline, 'runs', pipelineRunId), spec.pipeline)])
  if (version !== null)
    entries.push(['Version', link(`${href('models', release.model)}?version=${version}`, `v${version}`)])
  if (approvalId !== null) entries.push(['Approval', link(href('approvals', approvalId), 'open')])
  if (rolloutId !== null)
    entries.push(['Rollout', link(href('endpoints', release.endpoint, 'rollouts', rolloutId), 'open')])
  return entries
}

function Override({ release }: { release: Release }) {
  const [asking, ask] = useState(false)
  const act = useAct(overrideRelease)
  return (
    <>
      <Button tone="danger" onClick={() => ask(true)}>
        Override the gate
      </Button>
      <Confirm
        opened={asking}
        title={`Let v${release.version} go on past its gate?`}
        act="Override"
        keep="Leave it rejected"
        destructive
        reason="required"
        busy={act.isPending}
        problem={act.error}
        onClose={() => ask(false)}
        onConfirm={(reason) => act.mutate({ release: release.id, reason }, { onSuccess: () => ask(false) })}
      >
        Every check that refused is overridden with your reason. It stays on gate, card and in the audit log.
      </Confirm>
    </>
  )
}
