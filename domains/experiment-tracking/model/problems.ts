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
    say: (p: { name: string }) => `The experiment "${p.name}" is deleted. Restore it before anything is written to it.`,
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
    say: (p: { key: string; old: string; new: string }) =>
      `The param "${p.key}" is "${p.old}" and cannot become "${p.new}": params never change. Log it under another key, or start another run.`,
  },
  'tag-not-found': {
    status: 404,
    say: (p: { key: string; where: string }) => `There is no tag "${p.key}" on ${p.where}.`,
  },
  'artifact-not-found': {
    status: 404,
    say: (p: { path: string; owner: string }) => `There is no artifact "${p.path}" of ${p.owner}.`,
  },
  'model-not-found': { status: 404, say: (p: { id: string }) => `There is no logged model ${p.id}.` },
  'model-exists': { status: 409, say: (p: { id: string }) => `A logged model ${p.id} exists already.` },
  'bad-filter': { status: 400, say: (p: { reason: string }) => p.reason },
})
