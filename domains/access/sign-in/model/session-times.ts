/** A session's secret is changed when it is this old. */
export const rotateAfterMs = 15 * 60_000

/** So long the secret before goes on: requests that were under way still carry it. */
export const graceMs = 60_000

/** What decides whether a session is open. */
export interface SessionTimes {
  readonly lastUsedAtMs: number
  readonly expiresAtMs: number
  readonly rotatedAtMs: number
}

/** How a session stands for a secret: `ended` by time, `stolen` when the secret before is used after its grace. */
export function standingOf(
  times: SessionTimes,
  usesPreviousSecret: boolean,
  idleMs: number,
  nowMs: number,
): 'open' | 'ended' | 'stolen' {
  if (nowMs >= times.expiresAtMs || nowMs - times.lastUsedAtMs >= idleMs) return 'ended'
  if (usesPreviousSecret && nowMs - times.rotatedAtMs > graceMs) return 'stolen'
  return 'open'
}
