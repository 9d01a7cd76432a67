import { problems } from '@millrace/contract'

/** Every way this domain says no. */
export const problem = problems('model-registry', {
  'model-not-found': {
    status: 404,
    say: (p: { name: string }) => `There is no registered model "${p.name}". Make it with PUT /models/{name}.`,
  },
  'model-exists': { status: 409, say: (p: { name: string }) => `A registered model "${p.name}" exists already.` },
  'model-has-versions': {
    status: 409,
    say: (p: { name: string; versions: number }) =>
      `"${p.name}" has ${p.versions} version${p.versions === 1 ? '' : 's'}. Delete those first, so that none goes unnoticed.`,
  },
  'version-not-found': {
    status: 404,
    say: (p: { what: string }) =>
      `There is no model version ${p.what}. GET /models/{name}/versions lists those there are.`,
  },
  'alias-not-found': {
    status: 404,
    say: (p: { model: string; alias: string }) => `"${p.model}" has no alias "${p.alias}".`,
  },
  'version-has-aliases': {
    status: 409,
    say: (p: { model: string; version: number; aliases: string }) =>
      `Version ${p.version} of "${p.model}" is ${p.aliases}. Move the alias to another version before this one is deleted.`,
  },
  'artifact-missing': {
    status: 400,
    say: (p: { path: string; source: string }) =>
      `${p.source} has no artifact "${p.path}". Upload it first with PUT /runs/{id}/artifacts/{path}; a version stands on a file that is there.`,
  },
  'no-model-file': {
    status: 409,
    say: (p: { model: string; version: number }) =>
      `Version ${p.version} of "${p.model}" holds no single ONNX file, so there is none to hand out or to serve.`,
  },
  'evidence-not-found': { status: 404, say: (p: { id: string }) => `There is no evidence ${p.id}.` },
  'not-ready': {
    status: 409,
    say: (p: { state: string }) => `This version is ${p.state}; only a ready one can carry an alias.`,
  },
  'cannot-archive': {
    status: 400,
    say: (p: { stage: string }) =>
      `Others can be archived only on a move to Staging or Production, not to ${p.stage}; leave "archiveExisting" out.`,
  },
  'bad-search': { status: 400, say: (p: { reason: string }) => `This search cannot be done: ${p.reason}.` },
  'not-copied': {
    status: 409,
    say: (p: { what: string }) =>
      `${p.what} cannot be copied to another workspace, because its files are not artifacts of this server.`,
  },
})
