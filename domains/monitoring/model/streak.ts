import type { Verdict } from './alert-rule.ts'

/** A rule's verdict on one window. */
export interface JudgedWindow {
  readonly windowId: string
  readonly fromMs: number
  readonly verdict: Verdict['verdict']
}

/** The windows beyond the limit, one after the other up to the last that could be judged; oldest first. */
export interface Streak {
  readonly windows: readonly JudgedWindow[]
  /** The last window that could be judged was fine. */
  readonly over: boolean
}

/**
 * Reads a rule's verdicts, newest first. Windows without enough to judge are passed over: labels that have not come yet
 * neither raise an alert nor end one. Windows at or before `afterMs` do not count: a person has dealt with them.
 */
export function streakOf(newestFirst: readonly JudgedWindow[], afterMs: number | null): Streak {
  const windows: JudgedWindow[] = []
  const judged = newestFirst.filter(
    ({ verdict, fromMs }) => verdict !== 'not_enough' && fromMs > (afterMs ?? Number.NEGATIVE_INFINITY),
  )
  for (const window of judged) {
    if (window.verdict === 'ok') break
    windows.unshift(window)
  }
  return { windows, over: judged[0]?.verdict === 'ok' }
}
