import type { ApiClient } from '@millrace/terminal'
import type { Server } from './programs.ts'
import type { Traffic } from './traffic.ts'

export const model = 'late-flights'
export const endpoint = 'late-flights'

/** One thing that was done, the command that did it, and what it printed. */
export interface Step {
  readonly title: string
  readonly command: string
  readonly printed: string
}

/** A row of the table at the end. */
export interface Shown {
  readonly what: string
  readonly outcome: string
}

/** What the acts work with. */
export interface Team extends Server {
  readonly folder: string
  readonly api: ApiClient
  readonly traffic: Traffic
  readonly millrace: (title: string, ...args: readonly string[]) => Promise<string>
  readonly tell: (step: Step) => void
  readonly show: (what: string, outcome: string) => void
}
