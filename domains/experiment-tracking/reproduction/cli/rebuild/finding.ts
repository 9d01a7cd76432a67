/**
 * What was found out about one thing that a run needs, before anything is run. `ready` is there as it was; `note` may change
 * the result; `missing` is not there, so that going on would be a guess; `impossible` leaves nothing to go on with.
 */
export interface Finding {
  readonly part: 'code' | 'environment' | 'data' | 'command'
  readonly state: 'ready' | 'note' | 'missing' | 'impossible'
  readonly says: string
}

type Part = Finding['part']

export const ready = (part: Part, says: string): Finding => ({ part, state: 'ready', says })
export const note = (part: Part, says: string): Finding => ({ part, state: 'note', says })
export const missing = (part: Part, says: string): Finding => ({ part, state: 'missing', says })
export const impossible = (part: Part, says: string): Finding => ({ part, state: 'impossible', says })
