import type { Message } from '../../wire/message.ts'
import { wrong } from '../../wire/message.ts'

/** RFC 3339, as protocol buffers write times. */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** As protocol buffers write a span of time: `1.234s`. */
export function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`
}

/** A time that a message may hold, in epoch milliseconds. Throws MLflow's sentence for a text that is none. */
export function optionalTime(message: Message, name: string): number | undefined {
  const value = message[name]
  if (value === undefined || value === null) return undefined
  const atMs = typeof value === 'string' ? Date.parse(value) : NaN
  if (Number.isNaN(atMs)) throw wrong(name, value)
  return atMs
}

/** A span of time that a message may hold (`1.5s`), in milliseconds. */
export function optionalDuration(message: Message, name: string): number | undefined {
  const value = message[name]
  if (value === undefined || value === null) return undefined
  const seconds = typeof value === 'string' ? /^(-?\d{1,12}(?:\.\d{1,9})?)s$/.exec(value)?.[1] : undefined
  if (seconds === undefined) throw wrong(name, value)
  return Math.trunc(Number(seconds) * 1000 + (seconds.startsWith('-') ? -1e-6 : 1e-6))
}
