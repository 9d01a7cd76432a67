import { problems } from '@millrace/contract'

/** How backups and restores say no. */
export const backupProblem = problems('backup', {
  'nothing-there': {
    status: 404,
    say: (p: { place: string }) =>
      `There is no store of Millrace at ${p.place}. Name its --data-dir or --database-url.`,
  },
  'not-a-backup': {
    status: 400,
    say: (p: { place: string; reason: string }) =>
      `${p.place} is not a whole backup of Millrace (${p.reason}). Take another one; this one restores nothing.`,
  },
  'not-empty': {
    status: 409,
    say: (p: { place: string }) =>
      `There is data at ${p.place} already. A backup is restored into an empty place: name another --data-dir or --database-url.`,
  },
  exists: {
    status: 409,
    say: (p: { place: string }) => `${p.place} exists already, and a backup overwrites nothing. Take another name.`,
  },
  'one-workspace': {
    status: 400,
    say: (p: { workspace: string }) =>
      `This is an export of the workspace "${p.workspace}", not a backup of a server. Bring it in with "millrace import FILE --into WORKSPACE".`,
  },
  'no-workspace': {
    status: 404,
    say: (p: { workspace: string }) => `There is no workspace "${p.workspace}" with anything in it.`,
  },
  'not-an-export': {
    status: 400,
    say: (p: { place: string }) =>
      `${p.place} is a backup of a whole server, not an export of a workspace. "millrace restore" restores it.`,
  },
  'other-version': {
    status: 409,
    say: (p: { domain: string }) =>
      `The export and this server differ in the form of "${p.domain}". Bring both to the same version of Millrace, and export again.`,
  },
  'name-taken': {
    status: 409,
    say: (p: { what: string; name: string; into: string }) =>
      `The workspace "${p.into}" has another ${p.what} "${p.name}" already. Import into a workspace of its own.`,
  },
  damaged: {
    status: 500,
    say: (p: { what: string }) =>
      `The backup is damaged: ${p.what} is not what was written. What was restored so far is not to be used.`,
  },
})
