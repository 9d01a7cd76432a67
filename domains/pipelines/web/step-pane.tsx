import { useLoad } from '@millrace/ui/data'
import { bytes, clock, duration } from '@millrace/ui/format'
import { KeyValue, Mark, PaneHead, SearchField, Skeleton } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import { useState } from 'react'
import { loadStepLog } from './load-pipeline.ts'
import { runTopics } from './load-run.ts'
import { stepLook, tookMs, type RunStep } from './step-look.ts'

/** One step of a run: why it ran or not, its tries, what it left, its log. */
export function StepPane({ run, step }: { run: string; step: RunStep }) {
  const look = stepLook(step)
  const outputs = Object.entries(step.outputs ?? {})
  return (
    <aside aria-label={`Step ${step.name}`}>
      <section>
        <PaneHead
          title={
            <span className="row">
              <Mark state={look.state} size={14} /> {step.name}
            </span>
          }
          fact={look.word}
        />
        {step.reason === null ? null : <p className="pad t12 bad">{step.reason}</p>}
        {step.cacheReason === null ? null : <p className="pad t12 i2">{step.cacheReason}</p>}
      </section>
      {step.attempts.length === 0 ? null : (
        <section>
          <PaneHead title="Tries" fact={step.attempts.length} />
          <ul className="file-list">
            {step.attempts.map((attempt) => (
              <li key={attempt.id}>
                <span className="num b">{attempt.number}</span>
                <span className="ell">{attempt.reason ?? attempt.state}</span>
                <span className="push num i3">{duration(tookMs(attempt))}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {outputs.length === 0 ? null : (
        <section>
          <PaneHead title="Outputs" fact={outputs.length} />
          <KeyValue entries={outputs.map(([name, value]) => [name, <Output key={name} value={value} />] as const)} />
        </section>
      )}
      <StepLog run={run} step={step} />
    </aside>
  )
}

type OutputValue = NonNullable<RunStep['outputs']>[string]

function Output({ value }: { value: OutputValue }) {
  if ('file' in value) return <span className="ell">{`${value.file.name}, ${bytes(value.file.sizeBytes)}`}</span>
  const text = typeof value.value === 'string' ? value.value : JSON.stringify(value.value)
  if (/^[a-z]{2,5}_\w{10,}$/.test(text))
    return (
      <AppLink className="link mono ell" to={`/r/${text}`}>
        {text}
      </AppLink>
    )
  return (
    <span className="mono ell" title={text}>
      {text}
    </span>
  )
}

function StepLog({ run, step }: { run: string; step: RunStep }) {
  const [wanted, search] = useState('')
  const running = step.state === 'running'
  const query = useLoad({
    key: ['step-log', run, step.name, step.attempts.length],
    load: (api, signal) => loadStepLog(api, run, step.name, signal),
    topics: runTopics,
    ...(running ? { everyMs: 1_500 } : {}),
  })
  if (query.data === undefined) return <Skeleton rows={4} />
  if (query.data === null || query.data.lines.length === 0) return null
  const lines = query.data.lines.filter((line) => line.text.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <section className="step-log" aria-label="Log">
      <PaneHead title="Log" fact={running ? 'following' : `try ${query.data.attempt}`}>
        <SearchField label="Search log" value={wanted} onChange={search} />
      </PaneHead>
      <div className="log-lines mono" tabIndex={0} role="log">
        {lines.map((line, at) => (
          <p key={`${line.atMs}:${at}`} className={line.stream}>
            <time>{clock(line.atMs)}</time>
            <span>{line.text}</span>
          </p>
        ))}
      </div>
    </section>
  )
}
