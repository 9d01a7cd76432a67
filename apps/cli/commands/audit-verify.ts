import { verificationSentence } from '@millrace/audit/cli'
import { verifyDataDir, verifyExport } from '@millrace/audit/offline'
import type { CommandContext } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'

type Verification = Parameters<typeof verificationSentence>[0] & { workspace?: string }

/** `millrace audit verify [--data-dir DIR | EXPORT]`: proves the chain, offline or by asking the server. */
export const auditVerify = command({
  path: ['audit', 'verify'],
  summary: 'Verifies the audit chain; exit status 1 and the first bad record when it is broken',
  usage: '[--data-dir DIR | EXPORT]',
  options: [{ name: 'data-dir', describe: 'A server’s data directory, read without the server', value: 'DIR' }],
  examples: [
    'millrace audit verify',
    'millrace audit verify --data-dir .millrace',
    'millrace audit verify audit.jsonl',
  ],
  run: async (context) => {
    const found = await verifications(context)
    const ok = found.every((each) => each.ok)
    const sentences = found.map(
      (each) => `${each.workspace === undefined ? '' : `${each.workspace}: `}${verificationSentence(each)}`,
    )
    context.print({ ok, workspaces: found }, sentences.join('\n') || 'There is no audit record yet.')
    return ok ? exitCodes.ok : exitCodes.no
  },
})

async function verifications({ args, text, api }: CommandContext): Promise<Verification[]> {
  const dataDir = text('data-dir')
  const [path] = args
  if (dataDir !== undefined) return (await verifyDataDir(dataDir)).workspaces
  if (path !== undefined) return [await verifyExport(path)]
  return [await api.get<Verification>('/audit/verification')]
}
