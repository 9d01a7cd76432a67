import { Problem } from '@millrace/contract'
import type { Caller, FromPlane, ManageAnswer, ManagedModel, ManageOrder } from '../../model/plane-snapshot.ts'
import type { ModelManager, PlaneView } from './plane-dialect.ts'

/** Orders to control that wait for their answers. */
export interface ManageOrders {
  /** What a dialect's `manage` call gives its orders to. */
  managerFor(of: { readonly workspace: string; readonly caller: Caller; readonly view: () => PlaneView }): ModelManager
  /** Control's answer to the order of this number. */
  answer(id: number, answer: ManageAnswer): void
}

/** Makes it. `say` sends to control. */
export function createManageOrders(say: (message: FromPlane) => void): ManageOrders {
  const waiting = new Map<number, (answer: ManageAnswer) => void>()
  let nextId = 1
  const send = async (workspace: string, caller: Caller, order: ManageOrder): Promise<readonly ManagedModel[]> => {
    const id = nextId
    nextId += 1
    const answer = await new Promise<ManageAnswer>((resolve) => {
      waiting.set(id, resolve)
      say({ kind: 'manage', id, caller, workspace, order })
    })
    if (!answer.ok) throw new Problem(answer.code, answer.status, answer.sentence)
    return answer.models ?? []
  }
  return {
    managerFor: ({ workspace, caller, view }) => ({
      // Asked for anew each time: an order changes what there is.
      get view() {
        return view()
      },
      index: () => send(workspace, caller, { verb: 'index' }),
      load: async (name, options) => void (await send(workspace, caller, { verb: 'load', name, options })),
      unload: async (name, options) => void (await send(workspace, caller, { verb: 'unload', name, options })),
      register: async (name, location, options) =>
        void (await send(workspace, caller, { verb: 'register', name, location, options })),
    }),
    answer: (id, answer) => {
      waiting.get(id)?.(answer)
      waiting.delete(id)
    },
  }
}
