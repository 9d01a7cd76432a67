import type { CSSProperties } from 'react'

/** A version's share of traffic, 0 to 1. */
export interface TrafficShare {
  name: string
  role: 'champion' | 'canary' | 'shadow' | 'variant'
  share: number
}

/** Variants of an experiment have no rank between them: each takes a colour of the runs, as a tint that text can be read on. */
function lookOf(share: TrafficShare, all: readonly TrafficShare[]): CSSProperties {
  if (share.role !== 'variant') return { background: `var(--${share.role})` }
  const token = `--run-${(all.filter(({ role }) => role === 'variant').indexOf(share) % 12) + 1}`
  return {
    background: `color-mix(in srgb, var(${token}) 16%, var(--surface))`,
    boxShadow: `inset 0 -3px 0 var(${token})`,
    color: 'var(--ink)',
  }
}

/** Traffic by version. */
export function RolloutBar({ shares }: { shares: readonly TrafficShare[] }) {
  const said = shares.map((each) => `${each.name} ${Math.round(each.share * 100)} percent`).join(', ')
  return (
    <div className="rollout num" role="img" aria-label={said}>
      {shares
        .filter((each) => each.share > 0)
        .map((each) => (
          <span
            key={each.name}
            style={{ flex: each.share, ...lookOf(each, shares) }}
            title={`${each.name} ${each.role}`}
          >
            <span className="ell">
              {each.name}
              {each.share > 0.12 ? ` ${each.role}` : ''}
            </span>
            <span className="push">{Math.round(each.share * 1000) / 10}%</span>
          </span>
        ))}
    </div>
  )
}

export interface LadderStep {
  name: string
  says: string
  state: 'done' | 'now' | 'ahead' | 'failed'
  /** How far through the present step, 0 to 1. */
  progress?: number
}

/** The steps of a rollout with their times; the next one says when. */
export function Ladder({ steps }: { steps: readonly LadderStep[] }) {
  return (
    <ol className="ladder num" style={{ gridTemplateColumns: `repeat(${Math.max(1, steps.length)}, 1fr)` }}>
      {steps.map((step) => (
        <li key={step.name} className={step.state} aria-current={step.state === 'now' ? 'step' : undefined}>
          {step.state === 'now' ? <i style={{ width: `${(step.progress ?? 0) * 100}%` }} /> : null}
          <b>{step.name}</b>
          {step.says}
        </li>
      ))}
    </ol>
  )
}
