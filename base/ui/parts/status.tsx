import { Mark, type State } from './mark.tsx'

/** Shape and word. `boxed` is the verdict beside a page's title. */
export function Status({ state, children, boxed = false }: { state: State; children: string; boxed?: boolean }) {
  return (
    <span className={boxed ? `st box s-${state}` : 'st'}>
      <Mark state={state} />
      {children}
    </span>
  )
}

export type Stage = 'champion' | 'challenger' | 'canary' | 'shadow' | 'previous' | 'variant'
const STAGES: readonly string[] = ['champion', 'challenger', 'canary', 'shadow', 'previous']

/** An alias or a stage of a model version. Names that are no stage look like `previous`. */
export function Alias({ name, stage }: { name: string; stage?: Stage }) {
  const look = stage ?? (STAGES.includes(name) ? name : 'previous')
  return <span className={`alias ${look} num`}>{name}</span>
}

/** A small fact: tag, tier, count. */
export function Chip({ children, outlined = false }: { children: React.ReactNode; outlined?: boolean }) {
  return <span className={outlined ? 'chip line' : 'chip'}>{children}</span>
}

/** A run's colour, 1 to 12; 0 is a hidden run. */
export function Dot({ slot, size = 9 }: { slot: number; size?: number }) {
  const style = { width: size, height: size, background: slot === 0 ? undefined : `var(--run-${slot})` }
  return <i className={slot === 0 ? 'dot off' : 'dot'} style={style} aria-hidden="true" />
}

/** A person by initials; a machine by a bolt. */
export function Avatar({ name, small = false }: { name: string; small?: boolean }) {
  const initials = name
    .split(/[\s-]+/)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('')
  return (
    <span className={small ? 'avatar sm' : 'avatar'} title={name} aria-hidden="true">
      {initials}
    </span>
  )
}

/** A share of a whole, 0 to 1. */
export function Meter({
  share,
  tone = 'water',
  label,
}: {
  share: number
  tone?: 'water' | 'warn' | 'bad' | 'idle' | 'canary'
  label: string
}) {
  return (
    <span className="meter" role="img" aria-label={label}>
      <i className={tone} style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
    </span>
  )
}
