import type { Api } from '../http/api.ts'
import type { Warn } from './deliver.ts'
import { deliver } from './deliver.ts'
import type { Spool, Spools } from './spool.ts'

const sentAtOnce = 50

/** Sends what processes left behind. Gives how many requests were sent; stops where the server does not take them. */
export async function syncSpools(api: Api, spools: Spools, warn: Warn): Promise<number> {
  let sent = 0
  let isThere = true
  for (const spool of await spools.abandoned()) {
    while (isThere) {
      const { delivered, left } = await sendSome(api, spool, warn)
      sent += delivered
      isThere = !left
      if (delivered === 0) break
    }
    await spool.close()
  }
  return sent
}

/** Sends the oldest requests of a spool; `left` when the server did not take one of them. */
export async function sendSome(
  api: Api,
  spool: Spool,
  warn: Warn,
): Promise<{ readonly delivered: number; readonly left: boolean }> {
  const requests = await spool.peek(sentAtOnce)
  let delivered = 0
  for (const request of requests) {
    if (!(await deliver(api, request, warn))) break
    delivered += 1
  }
  if (delivered > 0) await spool.drop(delivered)
  return { delivered, left: delivered < requests.length }
}
