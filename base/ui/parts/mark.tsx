import type { JSX } from 'react'

/** What something is doing, as a shape: colour is never alone. */
export type State = 'ok' | 'bad' | 'warn' | 'live' | 'idle' | 'wait' | 'skip' | 'cache'

const SHAPES: Record<State, JSX.Element> = {
  ok: (
    <>
      <circle cx="6" cy="6" r="5.5" fill="var(--ok-mark)" />
      <path d="m3.6 6.2 1.7 1.7 3.2-3.5" className="cut" />
    </>
  ),
  bad: (
    <>
      <path d="M3.7.5h4.6l3.2 3.2v4.6l-3.2 3.2H3.7L.5 8.3V3.7z" fill="var(--bad-mark)" />
      <path d="m4.2 4.2 3.6 3.6m0-3.6L4.2 7.8" className="cut" />
    </>
  ),
  warn: (
    <>
      <path d="M6 .8 11.7 11H.3z" fill="var(--warn-mark)" stroke="var(--warn-mark)" strokeLinejoin="round" />
      <path d="M6 4.3v3.2M6 9.2v.1" className="cut" />
    </>
  ),
  live: (
    <>
      <circle
        cx="6"
        cy="6"
        r="4.6"
        fill="none"
        stroke="var(--water)"
        strokeWidth="1.6"
        strokeDasharray="21.6 7.3"
        transform="rotate(-90 6 6)"
      />
      <circle cx="6" cy="6" r="1.7" fill="var(--water)" />
    </>
  ),
  idle: <circle cx="6" cy="6" r="4.8" fill="none" stroke="var(--idle-mark)" strokeWidth="1.5" />,
  wait: (
    <circle cx="6" cy="6" r="4.8" fill="none" stroke="var(--idle-mark)" strokeWidth="1.5" strokeDasharray="2.5 2.5" />
  ),
  skip: (
    <>
      <circle cx="6" cy="6" r="5.5" fill="var(--idle-tint)" />
      <path d="M3.5 6h5" stroke="var(--idle-mark)" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  cache: (
    <>
      <circle cx="6" cy="6" r="4.8" fill="var(--ok-tint)" stroke="var(--ok-mark)" strokeWidth="1.3" />
      <path
        d="m3.9 6.2 1.4 1.4 2.8-3"
        fill="none"
        stroke="var(--ok-mark)"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </>
  ),
}

/** The shape of a state. Put its word beside it. */
export function Mark({ state, size = 12 }: { state: State; size?: number }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" width={size} height={size} aria-hidden="true">
      {SHAPES[state]}
    </svg>
  )
}
