import * as contract from '../contract.ts'
import { approvalDetail, approvalRow, whyNot } from '../model/draw-approval.ts'
import { query } from '../store/governance-store.ts'
import { cardOf } from './card-of.ts'

const shownAtMost = 500

/** What the page of approvals draws: those that wait or those that ended, and one of them with its evidence. */
export const viewApprovals = query(contract.viewApprovals, async (context) => {
  const { store, input, actor } = context
  const waiting = await store.approvals.list({ limit: shownAtMost, state: 'requested' })
  const all = input.shown === 'waiting' ? waiting : await store.approvals.list({ limit: shownAtMost })
  const items = input.shown === 'waiting' ? all : all.filter((approval) => approval.state !== 'requested')
  const chosen = input.chosen === undefined ? items[0] : await store.approvals.find(input.chosen)
  return {
    items: items.map(approvalRow),
    waiting: waiting.length,
    mine: waiting.filter((approval) => whyNot(approval, actor) === null).length,
    chosen:
      chosen === undefined
        ? null
        : approvalDetail(chosen, {
            gate: await store.gates.latest(chosen.subject.id),
            reader: actor,
            pins: (await cardOf(context, chosen.subject.id)).digest,
          }),
  }
})
