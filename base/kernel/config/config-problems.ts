import { problems } from '@millrace/contract'

/** Every way the settings say no. */
export const configProblem = problems('config', {
  invalid: {
    status: 400,
    say: (p: { setting: string; source: string; reason: string }) =>
      `The setting ${p.setting} (from the ${p.source}) is not usable: ${p.reason}.`,
  },
  'unknown-setting': {
    status: 400,
    say: (p: { name: string; where: string }) =>
      `${p.where} has "${p.name}", which is no setting. "millrace config" lists them all.`,
  },
  'unreadable-file': {
    status: 400,
    say: (p: { path: string; reason: string }) => `The settings file ${p.path} cannot be read: ${p.reason}.`,
  },
})
