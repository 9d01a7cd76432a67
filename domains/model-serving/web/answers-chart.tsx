import { Bars } from '@millrace/ui/charts'
import { count, percent } from '@millrace/ui/format'
import { Legend, PaneHead, Skeleton } from '@millrace/ui/parts'
import type { AnswersView } from './load-endpoint.ts'

/** How the answers are spread, by version. */
export function AnswersChart({ answers }: { answers: AnswersView['answers'] | undefined }) {
  if (answers === undefined) return <Skeleton rows={4} />
  if (answers === null) {
    return (
      <>
        <PaneHead title="Answers" />
        <p className="pad i3 t12">No answer was logged yet.</p>
      </>
    )
  }
  return (
    <>
      <PaneHead title="Answers" fact={`share by score, newest ${count(answers.rows)}`}>
        <Legend items={answers.series.map((each) => ({ label: each.label, token: each.token, square: true }))} />
      </PaneHead>
      <div className="pad">
        <Bars
          name="Share of answers by score"
          labels={answers.edges}
          series={answers.series}
          height={182}
          write={percent}
          {...(answers.threshold === null
            ? {}
            : { mark: { at: answers.threshold, label: `threshold ${answers.threshold}` } })}
        />
      </div>
    </>
  )
}
