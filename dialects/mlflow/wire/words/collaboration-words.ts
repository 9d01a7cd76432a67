import type { Words } from './word.ts'
import { textOf } from './word.ts'

/** The problems of collaboration in MLflow's words. */
export const collaborationWords: Words = {
  'collaboration/unknown-event': {
    code: 'INVALID_PARAMETER_VALUE',
    say: (p) => `Invalid event string: ${textOf(p, 'name')}`,
  },
}
