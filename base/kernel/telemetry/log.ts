import { ecsFormat } from '@elastic/ecs-pino-format'
import type { Logger } from 'pino'
import { pino } from 'pino'

export type { Logger } from 'pino'

/** The process's logger: one JSON line per entry in Elastic Common Schema, on standard error (standard output is for answers). */
export function createLog(level: string, destination: NodeJS.WritableStream = process.stderr): Logger {
  return pino({ ...ecsFormat({ apmIntegration: false }), level }, destination)
}
