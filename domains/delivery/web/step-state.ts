import type { ReleaseStep } from '@millrace/delivery/contract'
import type { State } from '@millrace/ui/parts'

const states: Readonly<Record<ReleaseStep, State>> = {
  triggered: 'live',
  suppressed: 'skip',
  training_started: 'live',
  trained: 'ok',
  version_given: 'ok',
  gate_passed: 'ok',
  gate_refused: 'bad',
  overridden: 'warn',
  approved: 'ok',
  not_approved: 'bad',
  rollout_started: 'live',
  deployed: 'ok',
  promoted: 'ok',
  rolled_back: 'bad',
  failed: 'bad',
  noted: 'idle',
}

/** How a step of a release looks in its timeline. */
export function stepState(step: ReleaseStep): State {
  return states[step]
}
