import { LineChart, type LineSeries } from '@millrace/ui/charts'
import { useLoad } from '@millrace/ui/data'
import { count, score } from '@millrace/ui/format'
import { Chip, KeyValue, Loaded, PaneHead } from '@millrace/ui/parts'
import { EntityHead, Page, Thread, type PageParams } from '@millrace/ui/shell'
import { useMemo } from 'react'
import { loadStudy, studyTopics, type StudyView } from './load-study.ts'
import { TrialsTable } from './trials-table.tsx'

export default function StudyRoute({ params }: PageParams) {
  const study = params['study'] ?? ''
  const query = useLoad({
    key: ['study', study],
    load: (api, signal) => loadStudy(api, study, signal),
    topics: studyTopics,
  })
  return (
    <Page crumbs={[{ name: 'Studies', to: '/studies' }, { name: study }]} kind="study">
      <Loaded query={query} rows={20}>
        {(view) => <StudyPage view={view} />}
      </Loaded>
    </Page>
  )
}

/** A study: how the best came about, and every trial with its parameters. */
export function StudyPage({ view }: { view: StudyView }) {
  const { study, trials } = view
  return (
    <>
      <EntityHead
        icon="study"
        title={study.name}
        verdict={<Chip>{study.bestTrialId === null ? 'no trial yet' : `best ${score(study.bestValue)}`}</Chip>}
        facts={`${count(study.trialCount)} trials for the ${study.direction === 'minimize' ? 'least' : 'greatest'} ${study.metric}`}
      />
      <Thread stops={view.thread} />
      <div className="split">
        <div className="col">
          <section aria-label="History">
            <PaneHead title="History" fact={`${study.metric} by trial, and the best so far`} />
            <div className="pad">
              <HistoryChart view={view} />
            </div>
          </section>
          <TrialsTable trials={trials} best={study.bestTrialId} more={view.more} />
        </div>
        <aside>
          <section aria-label="Search">
            <PaneHead title="Search" />
            <KeyValue
              entries={[
                ['Sampler', study.spec.sampler === 'tpe' ? 'tree-structured Parzen estimator' : 'random'],
                ['Seed', String(study.spec.seed)],
                ['At most', study.spec.maxTrials === null ? 'as many as asked for' : `${study.spec.maxTrials} trials`],
              ]}
            />
          </section>
          <section aria-label="Space">
            <PaneHead title="Space" fact={Object.keys(study.spec.space).length} />
            <KeyValue
              entries={Object.entries(study.spec.space).map(([name, each]) => [name, rangeOf(each)] as const)}
            />
          </section>
        </aside>
      </div>
    </>
  )
}

type Dimension = StudyView['study']['spec']['space'][string]

function rangeOf(dimension: Dimension): string {
  if (dimension.type === 'categorical') return dimension.choices.map(String).join(', ')
  const scale = dimension.log === true ? ', logarithmic' : ''
  return `${dimension.low} to ${dimension.high}${dimension.type === 'int' ? ', whole' : ''}${scale}`
}

function HistoryChart({ view: { history, study } }: { view: StudyView }) {
  const series = useMemo<LineSeries[]>(
    () => [
      { label: 'best so far', token: '--water', x: history.numbers, y: history.best, width: 2 },
      {
        label: study.metric,
        token: '--ink-off',
        x: history.numbers,
        y: history.values,
        width: 0.75,
        points: true,
      },
    ],
    [history, study.metric],
  )
  if (history.numbers.length === 0) return <p className="i3 t12">No trial has ended yet.</p>
  return <LineChart name={`${study.metric} by trial`} series={series} height={220} xName="trial" />
}
