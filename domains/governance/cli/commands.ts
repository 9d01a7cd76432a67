import type { Command } from '@millrace/terminal'
import { command, decision, exitCodes, formatNumber, formatTime, listing } from '@millrace/terminal'

interface Approval {
  id: string
  title: string
  state: string
  requestedBy: string
  required: number
  decisions: { by: string; decision: string }[]
  expiresAtMs: number
}

interface Card {
  figures: { label: string; value: number | string; evidenceId: string | null }[]
}

/** `millrace approvals …`, `millrace gate`, `millrace card`. */
export const commands: readonly Command[] = [
  listing<Approval>({
    path: ['approvals', 'list'],
    summary: 'Lists approvals and who decided',
    url: '/approvals',
    example: 'millrace approvals list',
    columns: [
      { title: 'Approval', value: (row) => row.id },
      { title: 'What', value: (row) => row.title },
      { title: 'State', value: (row) => row.state },
      {
        title: 'Decided',
        value: (row) => `${row.decisions.filter((each) => each.decision === 'approved').length} of ${row.required}`,
      },
      { title: 'Asked by', value: (row) => row.requestedBy },
      { title: 'Expires', value: (row) => formatTime(row.expiresAtMs) },
    ],
  }),
  decision({
    path: ['approvals', 'approve'],
    summary: 'Approves',
    usage: 'APPROVAL-ID',
    url: '/approvals/{0}/approve',
    reason: 'optional',
    example: 'millrace approvals approve apr_… --reason "evidence read"',
    said: (answer) => `The approval is ${String(answer['state'])}.`,
  }),
  decision({
    path: ['approvals', 'reject'],
    summary: 'Rejects, with a reason',
    usage: 'APPROVAL-ID',
    url: '/approvals/{0}/reject',
    reason: 'required',
    example: 'millrace approvals reject apr_… --reason "no evidence for small airports"',
    said: (answer) => `The approval is ${String(answer['state'])}.`,
  }),
  command({
    path: ['models', 'gate'],
    summary: 'Checks a version against its policy; exit status 1 when it does not pass',
    usage: 'VERSION-ID',
    minimumArgs: 1,
    examples: ['millrace models gate ver_…'],
    run: async ({ api, args, show, say }) => {
      const gate = await api.post<{ verdict: string; checks: { name: string; verdict: string; sentence: string }[] }>(
        `/model-versions/${encodeURIComponent(args[0] ?? '')}/gate`,
      )
      say(`The gate says: ${gate.verdict.replaceAll('_', ' ')}.`)
      show(gate, gate.checks, [
        { title: 'Check', value: (row) => row.name },
        { title: 'Verdict', value: (row) => row.verdict },
        { title: 'Why', value: (row) => row.sentence },
      ])
      return gate.verdict === 'pass' ? exitCodes.ok : exitCodes.no
    },
  }),
  command({
    path: ['models', 'card'],
    summary: 'Prints the model card of a version: each figure with its evidence',
    usage: 'VERSION-ID',
    minimumArgs: 1,
    examples: ['millrace models card ver_…'],
    run: async ({ api, args, show }) => {
      const card = await api.get<Card>(`/model-versions/${encodeURIComponent(args[0] ?? '')}/card`)
      show(card, card.figures, [
        { title: 'Figure', value: (row) => row.label },
        {
          title: 'Value',
          value: (row) => (typeof row.value === 'number' ? formatNumber(row.value) : row.value),
          align: 'right',
        },
        { title: 'Evidence', value: (row) => row.evidenceId },
      ])
      return exitCodes.ok
    },
  }),
]
