import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatCount, formatTime, listing } from '@millrace/terminal'

interface Verification {
  ok: boolean
  length: number
  unsealed: number
  head: string | null
  firstBad?: { sequence: number | null; reason: string } | undefined
}

interface Record {
  atMs: number
  sequence: number | null
  actor: { name: string }
  action: string
  object: { kind: string; id: string }
}

/** `millrace audit …` of a running server. The offline form is the command line's own. */
export const commands: readonly Command[] = [
  listing<Record>({
    path: ['audit', 'list'],
    summary: 'Lists the newest audit records',
    url: '/audit',
    example: 'millrace audit list',
    columns: [
      { title: 'No.', value: (row) => row.sequence, align: 'right' },
      { title: 'Time', value: (row) => formatTime(row.atMs) },
      { title: 'Who', value: (row) => row.actor.name },
      { title: 'Did', value: (row) => row.action },
      { title: 'To', value: (row) => `${row.object.kind} ${row.object.id}` },
    ],
  }),
  command({
    path: ['audit', 'status'],
    summary: 'Asks the server to verify its audit chain; exit status 1 when it is broken',
    examples: ['millrace audit status'],
    run: async ({ api, print }) => {
      const found = await api.get<Verification>('/audit/verification')
      print(found, verificationSentence(found))
      return found.ok ? exitCodes.ok : exitCodes.no
    },
  }),
]

/** One sentence for a verification's answer. */
export function verificationSentence(found: Verification): string {
  if (found.ok)
    return `The chain is whole: ${formatCount(found.length)} records, ${formatCount(found.unsealed)} not yet sealed. Head ${found.head ?? 'none'}.`
  const { firstBad } = found
  return `The chain is broken at record ${firstBad?.sequence ?? 'unknown'}: ${firstBad?.reason ?? 'unknown'}.`
}
