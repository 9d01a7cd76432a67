export type Reach = 'all' | 'read' | 'log' | 'predict' | 'own'

export const reaches: readonly (readonly [Reach, string])[] = [
  ['all', 'all that you may do'],
  ['log', 'log runs and data, read everything'],
  ['read', 'read only'],
  ['predict', 'ask endpoints for predictions'],
  ['own', 'scopes of your own'],
]

const dayMs = 24 * 60 * 60 * 1000

/** The scopes of a token; undefined is all its owner may do. */
export function scopesOf(reach: Reach, own: string): string[] | undefined {
  if (reach === 'all') return undefined
  if (reach === 'log') return ['read', 'experiment-tracking:write', 'datasets:write', 'traces:write']
  if (reach === 'read') return ['read']
  if (reach === 'predict') return ['predict']
  return own
    .split(/[\s,]+/)
    .filter((scope) => scope !== '')
    .slice(0, 100)
}

/** When a token ends, in epoch milliseconds; undefined is never. */
export function expiryOf(days: string, nowMs: number): number | undefined {
  return days === '' ? undefined : nowMs + Number(days) * dayMs
}
