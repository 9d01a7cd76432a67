import type { Command } from '@millrace/terminal'
import { command, exitCodes } from '@millrace/terminal'
import { serverPath } from './server-path.ts'

/** `millrace secrets …` */
export const secretCommands: readonly Command[] = [
  command({
    path: ['secrets', 'rotate'],
    summary: 'Makes a new key and seals every stored secret with it',
    options: [
      {
        name: 'same-key',
        describe: 'Only seal with the newest key there is: it was given by the settings',
        kind: 'flag',
      },
      {
        name: 'forget-old',
        describe: 'Drop the older keys; secrets in backups made so far cannot be opened then',
        kind: 'flag',
      },
    ],
    examples: ['millrace secrets rotate', 'millrace secrets rotate --forget-old', 'millrace secrets rotate --same-key'],
    run: async ({ api, flag, print }) => {
      const input = { newKey: !flag('same-key'), forgetOld: flag('forget-old') }
      const done = await api.post<{ keyId: string | null; resealed: number; forgotten: number }>(
        serverPath('/secrets/rotation'),
        input,
      )
      print(
        done,
        `Sealed ${done.resealed} secrets with the ${done.keyId === null ? 'present' : 'new'} key; dropped ${done.forgotten} old keys.`,
      )
      return exitCodes.ok
    },
  }),
]
