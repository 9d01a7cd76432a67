import type { Config } from '@millrace/kernel'
import { accessProblem } from '../contract.ts'
import { isLoopback } from '../model/loopback.ts'

/** Throws `access/unsafe-binding` when the server would listen beyond this machine without asking for tokens. Call it before anything listens. */
export function refuseUnsafeBinding(config: Pick<Config, 'host' | 'auth'> & Partial<Pick<Config, 'appName'>>): void {
  if (config.auth === 'required' || config.appName === 'basic-auth' || isLoopback(config.host)) return
  throw accessProblem['unsafe-binding']({ host: config.host })
}
