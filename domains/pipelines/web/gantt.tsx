import { duration } from '@millrace/ui/format'
import { Legend, PaneHead } from '@millrace/ui/parts'
import type { PipelineRunView } from './load-run.ts'
import { stepLook, tookMs, type RunStep } from './step-look.ts'

/** When each attempt of each step ran, on one axis. */
export function Gantt({
  run,
  nowMs,
  chosen,
  onChoose,
}: {
  run: PipelineRunView['run']
  nowMs: number
  chosen: string
  onChoose: (step: string) => void
}) {
  const from = run.startedAtMs ?? run.createdAtMs
  const to = Math.max(run.endedAtMs ?? nowMs, from + 1)
  const place = (atMs: number) => `${Math.min(100, Math.max(0, ((atMs - from) / (to - from)) * 100))}%`
  return (
    <section className="sec" aria-label="Time">
      <PaneHead title="Time" fact={`${duration(to - from)} in all`}>
        <Legend
          items={[
            { label: 'ran', token: '--ok-mark', square: true },
            { label: 'running', token: '--water', square: true },
            { label: 'failed try', token: '--bad-mark', square: true },
          ]}
        />
      </PaneHead>
      <ol className="gantt">
        {run.steps.map((step) => (
          <li key={step.name}>
            <button
              type="button"
              aria-current={step.name === chosen ? 'true' : undefined}
              onClick={() => onChoose(step.name)}
            >
              <span className="ell">{step.name}</span>
              <span className="gantt-track">
                {step.attempts.map((attempt) =>
                  attempt.startedAtMs === null ? null : (
                    <i
                      key={attempt.id}
                      className={lookOf(attempt.state)}
                      style={{
                        left: place(attempt.startedAtMs),
                        right: `calc(100% - ${place(attempt.endedAtMs ?? nowMs)})`,
                      }}
                      title={`try ${attempt.number}: ${attempt.state}`}
                    />
                  ),
                )}
              </span>
              <span className="num i3 t12 end">{saysOf(step)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

function lookOf(state: RunStep['attempts'][number]['state']): string {
  if (state === 'succeeded') return 'ran'
  return state === 'failed' || state === 'crashed' || state === 'timed_out' || state === 'cancelled'
    ? 'failed'
    : 'running'
}

function saysOf(step: RunStep): string {
  const took = tookMs(step)
  return step.cached || took === null ? stepLook(step).word : duration(took)
}
