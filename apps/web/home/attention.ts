import type { LoopRelease } from '@millrace/delivery/contract'
import type { Approval } from '@millrace/governance/contract'
import type { PipelineRun } from '@millrace/pipelines/contract'
import { count } from '@millrace/ui/format'
import type { Sentence } from '@millrace/ui/parts'
import { href } from '@millrace/ui/shell'
import type { Attention, HomeView, ProductionRow, Waiting } from './load-home.ts'

/** What wants a person, those that wait for the reader first. */
export function attentionOf(waiting: Waiting): Attention[] {
  const items = [
    ...waiting.approvals.map((approval) => approvalItem(approval, waiting.me)),
    ...waiting.incidents.map(incidentItem),
    ...waiting.failed.map(failedItem),
  ]
  return items.toSorted((a, b) => Number(b.mine) - Number(a.mine) || b.atMs - a.atMs)
}

function approvalItem(approval: Approval, me: Waiting['me']): Attention {
  const own = approval.requestedBy === me.id || [me.id, me.name].includes(approval.versionBy)
  const mine = !(approval.separationOfDuties && own)
  const given = approval.decisions.filter((decision) => decision.decision === 'approved').length
  return {
    id: approval.id,
    state: 'warn',
    title: ['Approve ', { text: `${approval.model} v${approval.version}`, strong: true }],
    why: `${approval.requestedByName} asks; ${given} of ${approval.required} approvals`,
    atMs: approval.requestedAtMs,
    act: mine ? 'Review' : 'Open',
    mine,
    to: href('approvals', approval.id),
  }
}

function incidentItem(incident: Waiting['incidents'][number]): Attention {
  return {
    id: incident.id,
    state: incident.state === 'open' ? 'bad' : 'warn',
    title: [{ text: incident.title, strong: true }, incident.state === 'open' ? '' : ' is mitigated'],
    why: incident.timeline.at(-1)?.text ?? '',
    atMs: incident.openedAtMs,
    act: 'Open',
    mine: true,
    to: href('incidents', incident.id),
  }
}

function failedItem(run: PipelineRun): Attention {
  const step = run.steps.find((each) => each.state === 'failed')
  return {
    id: run.id,
    state: 'bad',
    title: [
      { text: `${run.pipeline} #${run.number}`, strong: true },
      step === undefined ? ' failed' : ` failed at ${step.name}`,
    ],
    why: step?.reason ?? run.reason ?? '',
    atMs: run.endedAtMs ?? run.createdAtMs,
    act: 'Open',
    mine: false,
    to: href('pipelines', run.pipeline, 'runs', run.id),
  }
}

const numbers = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine']

/** The sentence over the page, from the same facts as the lists below it. */
export function statementOf(
  attention: readonly Attention[],
  production: readonly ProductionRow[],
  open: readonly LoopRelease[],
): Pick<HomeView, 'lead' | 'statement'> {
  const mine = attention.filter((item) => item.mine).length
  const lead =
    mine === 0
      ? 'Nothing waits for you.'
      : `${numbers[mine] ?? count(mine)} ${mine === 1 ? 'thing waits' : 'things wait'} for you.`
  const well = production.filter((row) => row.state === 'ok' || row.state === 'live').length
  const first: Sentence =
    production.length === 0 ? ['Nothing is deployed yet.'] : [`${well} of ${production.length} endpoints are well`]
  const loop = open[0]
  if (production.length === 0) return { lead, statement: first }
  return {
    lead,
    statement:
      loop === undefined
        ? [...first, '.']
        : [
            ...first,
            '; ',
            { text: loop.model, to: href('releases', loop.id) },
            ` is ${loop.state.replaceAll('_', ' ')}.`,
          ],
  }
}
