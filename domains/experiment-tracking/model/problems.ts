import { problems } from '@millrace/contract'

/** Every way this domain says no. */
export const problem = problems('experiment-tracking', {
  'experiment-not-found': {
    status: 404,
    say: (p: { experiment: string }) =>
      `There is no experiment "${p.experiment}". GET /experiments lists them; PUT /experiments/{name} makes one.`,
  },
  'experiment-exists': {
    status: 409,
    say: (p: { name: string }) =>
      `An experiment "${p.name}" exists already, perhaps deleted. Take another name, or restore it.`,
  },
  'experiment-deleted': {
    status: 409,
    say: (p: { name: string; id: string }) =>
      `The experiment "${p.name}" is deleted. Restore it before anything is written to it.`,
  },
  'run-not-found': { status: 404, say: (p: { id: string }) => `There is no run ${p.id}.` },
  'run-exists': {
    status: 409,
    say: (p: { id: string }) => `A run ${p.id} exists already. Leave the id out to get a new one.`,
  },
  'run-deleted': {
    status: 409,
    say: (p: { id: string }) => `The run ${p.id} is deleted, so nothing can be written to it. Restore it first.`,
  },
  'param-changed': {
    status: 409,
    say: (p: { key: string; old: string; new: string; run?: string }) =>
      `The param "${p.key}" is "${p.old}" and cannot become "${p.new}": params never change. Log it under another key, or start another run.`,
  },
  'provenance-recorded': {
    status: 409,
    say: (p: { id: string }) =>
      `It is recorded already how the run ${p.id} came about, and that never changes. Start another run.`,
  },
  'tag-not-found': {
    status: 404,
    say: (p: { key: string; where: string }) => `There is no tag "${p.key}" on ${p.where}.`,
  },
  'metric-not-found': {
    status: 404,
    say: (p: { key: string; id: string }) => `The run ${p.id} has no metric "${p.key}" with points there.`,
  },
  'point-not-found': {
    status: 404,
    say: (p: { key: string; step: string }) =>
      `The metric "${p.key}" has no point at step ${p.step} like the one described. Read its points, and repeat the change.`,
  },
  'artifact-not-found': {
    status: 404,
    say: (p: { path: string; owner: string }) => `There is no artifact "${p.path}" of ${p.owner}.`,
  },
  'artifact-busy': {
    status: 503,
    say: (p: { path: string }) => `The artifact "${p.path}" is being written at this moment. Ask again in a moment.`,
  },
  'artifact-folder': {
    status: 400,
    say: (p: { path: string }) => `The artifact "${p.path}" is a folder, not a file. Ask for the files in it.`,
  },
  'artifacts-elsewhere': {
    status: 403,
    say: (p: { root: string }) =>
      `These artifacts lie at ${p.root}, where this server may not read. Start it with --default-artifact-root or --artifacts-destination above that place.`,
  },
  'upload-not-found': {
    status: 404,
    say: (p: { id: string }) =>
      `There is no upload ${p.id} any more: it was given up, or nothing was added for a day. Begin it again.`,
  },
  'upload-offset': {
    status: 409,
    say: (p: { id: string; offset: number; sent: number }) =>
      `The upload ${p.id} has its first ${p.offset} bytes, so it does not go on at ${p.sent}. Go on at ${p.offset}.`,
  },
  'upload-part': {
    status: 400,
    say: (p: { expected: number; got: number }) =>
      `The part that begins here has ${p.expected} bytes; ${p.got} came. Send exactly as many as the upload's partBytes, and the rest as the last part.`,
  },
  'upload-headers': {
    status: 400,
    say: (p: { header: string; form: string }) => `A part needs the header ${p.header}, as ${p.form}.`,
  },
  'upload-through-server': {
    status: 409,
    say: (p: { id: string }) =>
      `The upload ${p.id} passes through this server, so the store has no addresses for it. Send its parts with PATCH.`,
  },
  'upload-direct': {
    status: 409,
    say: (p: { id: string }) =>
      `The parts of the upload ${p.id} go to the store itself. GET its addresses, and send them there.`,
  },
  'wrong-digest': {
    status: 422,
    say: (p: { what: string; digest: string; announced: string }) =>
      `${p.what} has the digest ${p.digest}, and ${p.announced} was announced, so it was not stored. Was it changed meanwhile? Send it again.`,
  },
  'model-not-found': { status: 404, say: (p: { id: string }) => `There is no logged model ${p.id}.` },
  'model-exists': { status: 409, say: (p: { id: string }) => `A logged model ${p.id} exists already.` },
  'bad-filter': { status: 400, say: (p: { reason: string }) => p.reason },
  'bad-query': {
    status: 400,
    say: (p: { reason: string; start: number; end: number }) => `The query cannot be read: ${p.reason}`,
  },
  'bad-page-token': {
    status: 400,
    say: () =>
      'The page token was not made by this search. Send the one that the page before gave, with the same order, or none.',
  },
  'not-in-trash': {
    status: 409,
    say: (p: { what: string }) => `The ${p.what} is not deleted, so it cannot be forgotten. Delete it first.`,
  },
  'experiment-not-empty': {
    status: 409,
    say: (p: { name: string }) =>
      `The experiment "${p.name}" still has runs or models in the trash. "millrace gc --experiments" frees them with it.`,
  },
  'quota-exceeded': {
    status: 403,
    say: (p: { what: string; allowed: number; used: number }) =>
      `This workspace may hold ${p.allowed} ${p.what} and has ${p.used}, so this was not written. Delete what is not needed and free it with "millrace gc", or ask an administrator for more.`,
  },
  'view-not-found': { status: 404, say: (p: { name: string }) => `There is no saved view "${p.name}" of runs.` },
})
