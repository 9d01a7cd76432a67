import { EpochMs, id } from '@millrace/contract'
import { z } from 'zod'

export const DeliveryId = id('delivery')

/** One thing to be told to one receiver, at least once, with what came of it. */
export const Delivery = z.object({
  id: DeliveryId,
  target: z.object({ kind: z.enum(['webhook', 'channel']), id: z.string() }),
  event: z.string(),
  state: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int(),
  /** The receiver's last status, where it answered. */
  status: z.int().nullable(),
  error: z.string().nullable(),
  nextAtMs: EpochMs.nullable(),
  createdAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
})
export type Delivery = z.infer<typeof Delivery>

/** What came of an attempt. */
export interface Attempt {
  readonly delivered: boolean
  /** Whether another attempt may help. */
  readonly again: boolean
  readonly status: number | null
  readonly error: string | null
  readonly retryAfterSeconds?: number | undefined
}

/** What an HTTP answer means: 2xx is delivered; 408, 429 and 5xx may be tried again; a redirect is not followed. */
export function attemptOf(status: number, body: string, retryAfterSeconds?: number): Attempt {
  const delivered = status >= 200 && status < 300
  const again = status === 408 || status === 429 || status >= 500
  const error = delivered ? null : `It answered ${status}${body === '' ? '' : `: ${body.slice(0, 300)}`}`
  return { delivered, again, status, error, retryAfterSeconds }
}

/**
 * How long to wait before the next attempt: 1 s, 2 s, 4 s … to an hour, between the whole and one and a half of it, and
 * not before the receiver asked for.
 * @param attempts how many there were
 * @param random uniform in [0, 1)
 */
export function backOffMs(attempts: number, random: number, retryAfterSeconds = 0): number {
  const hour = 3_600_000
  const own = Math.min(hour, 1000 * 2 ** (attempts - 1)) * (1 + random / 2)
  return Math.round(Math.max(own, Math.min(hour, retryAfterSeconds * 1000)))
}
