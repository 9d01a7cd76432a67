import type { ActionContext, Scope } from '@millrace/kernel'
import { everythingVisible, parseInput } from '@millrace/kernel'

/** Reads through an earlier domain's query. */
export type Ask = ActionContext<unknown, unknown>['ask']

/** Asks in a guard's transaction. A guard decides about the act, not about who may read, so no permission is asked for. */
export function askWithin(scope: Scope): Ask {
  const ask: Ask = async (query, input) => {
    const { db: store, actor, workspace, nowMs } = scope
    const parsed = parseInput(query.endpoint, input)
    const visible = async () => everythingVisible
    const answer = await query.run({ store, input: parsed, actor, workspace, nowMs, scope, ask, visible })
    return query.endpoint.output.parse(answer)
  }
  return ask
}
