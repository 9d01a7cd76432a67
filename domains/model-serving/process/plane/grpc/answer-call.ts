import type { Admission } from '../admission.ts'
import { callerOf } from '../admission.ts'
import { describe } from '../listener.ts'
import type { ManageOrders } from '../manage.ts'
import type { DialectCall, WireAnswer } from '../plane-dialect.ts'
import { planeProblem } from '../plane-problems.ts'
import type { Predictor } from '../predictor.ts'
import type { RoutingTable } from '../routing-table.ts'
import type { AnswerCall, GrpcAsker } from './grpc-call.ts'

export interface AnswerCallParts {
  readonly admission: Admission
  readonly predictor: Predictor
  readonly orders: ManageOrders
  readonly table: () => RoutingTable
}

/** Answers calls of gRPC with the plane's parts, as the HTTP listener does. */
export function answerCallWith(parts: AnswerCallParts): AnswerCall {
  return (call, body, asker) => {
    const view = () => parts.table().view(asker.workspace)
    if (call.kind === 'predict') return predict(parts, call, body, asker)
    if (call.kind === 'describe') return describe(() => call.answer(view()))
    if (call.kind !== 'manage') throw planeProblem.internal({})
    const manager = parts.orders.managerFor({ workspace: asker.workspace, caller: callerOf(asker), view })
    return call.run(manager, body, asker.headers)
  }
}

async function predict(
  parts: AnswerCallParts,
  call: Extract<DialectCall, { kind: 'predict' }>,
  body: Buffer,
  asker: GrpcAsker,
): Promise<WireAnswer> {
  const { headers, startedAtMs, isGone, onGone } = asker
  const workspace = call.workspace ?? asker.workspace
  let endpoint = parts.table().endpoint(workspace, call.endpoint)
  const admitted = parts.admission.admit(asker, endpoint)
  let caller = ''
  if (typeof admitted === 'string') caller = admitted
  else {
    caller = await admitted
    // While control was asked the endpoint may have changed.
    endpoint = parts.table().endpoint(workspace, call.endpoint)
  }
  return parts.predictor.predict({ endpoint, call, body, headers, caller, startedAtMs, isGone, onGone })
}
