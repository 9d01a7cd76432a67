/** The seven stops of a loop, in order. */
export const LOOP_STOPS = ['Alert', 'Retrain', 'Validate', 'Approve', 'Canary', 'Promote', 'Audit'] as const

export interface LoopProgress {
  /** Outcome or time under each stop reached, in the order of `LOOP_STOPS`; shorter where the loop has not come further. */
  figures: readonly string[]
  /** Index of the stop where the loop is now; 7 when it has closed. */
  at: number
  /** The loop broke at `at`. */
  broken?: boolean
}

/** An open loop as a track: done stops filled, the present ringed, red where it broke. */
export function Stops({ figures, at, broken = false }: LoopProgress) {
  return (
    <ol className="stops num">
      {LOOP_STOPS.map((name, index) => (
        <li key={name} className={lookOf(index, at, broken)} aria-current={index === at ? 'step' : undefined}>
          <span className="stop-name">{name}</span>
          <span className="stop-figure" title={figures[index]}>
            {figures[index] ?? ''}
          </span>
        </li>
      ))}
    </ol>
  )
}

function lookOf(index: number, at: number, broken: boolean): string {
  if (index < at) return 'done'
  if (index > at) return ''
  return broken ? 'done broken' : 'done now'
}

/** The names over a list of tracks. */
export function StopsHead() {
  return (
    <div className="stops-head t11 i3" aria-hidden="true">
      {LOOP_STOPS.map((name) => (
        <span key={name}>{name}</span>
      ))}
    </div>
  )
}

/** One cell for each step of a pipeline run. */
export function StepBar({
  steps,
  label,
}: {
  steps: readonly ('ran' | 'cached' | 'running' | 'failed' | 'waiting')[]
  label: string
}) {
  return (
    <span className="stepbar" role="img" aria-label={label} title={label}>
      {steps.map((step, at) => (
        <i key={at} className={step} />
      ))}
    </span>
  )
}
