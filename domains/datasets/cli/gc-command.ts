import type { AnswerOf } from '@millrace/contract'
import { Problem } from '@millrace/contract'
import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatBytes, formatCount } from '@millrace/terminal'
import type { collectGarbage } from '../contract.ts'

/** `millrace data gc`. */
export const gcCommand: Command = command({
  path: ['data', 'gc'],
  summary: 'Says which bytes no version needs any more; frees them with --apply',
  options: [
    { name: 'apply', describe: 'Free them; without it nothing is deleted', kind: 'flag' },
    { name: 'grace', describe: 'Spare what was uploaded within this time (30m, 12h, 2d); default 24h', value: 'TIME' },
  ],
  examples: ['millrace data gc', 'millrace data gc --apply', 'millrace data gc --apply --grace 2d'],
  run: async ({ api, flag, text, print }) => {
    const graceMs = durationOf(text('grace') ?? '24h')
    const freed = await api.post<AnswerOf<typeof collectGarbage>>('/dataset-garbage', {
      dryRun: !flag('apply'),
      graceMs,
    })
    const { chunks, files, freedBytes, waitingBytes, keptBytes } = freed
    const verb = freed.dryRun ? 'Would free' : 'Freed'
    const what = `${formatBytes(freedBytes)} (${formatCount(chunks)} chunks, ${formatCount(files)} files)`
    const rest = `${formatBytes(keptBytes)} are needed, ${formatBytes(waitingBytes)} are too young or lie beside what is needed`
    const next = freed.dryRun && freedBytes > 0 ? '\nmillrace data gc --apply frees them.' : ''
    print(freed, `${verb} ${what}; ${rest}.${next}`)
    return exitCodes.ok
  },
})

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function durationOf(text: string): number {
  const [, count, unit = ''] = /^(\d+)(m|h|d)$/.exec(text) ?? []
  if (count === undefined) throw new Problem('client/bad-time', 400, '--grace needs a time such as 30m, 12h or 2d.')
  return Number(count) * (unitMs[unit] ?? 0)
}
