import { problems } from '@millrace/contract'

/** Every way model serving says no. */
export const servingProblem = problems('model-serving', {
  'unknown-endpoint': { status: 404, say: (p: { name: string }) => `There is no endpoint "${p.name}".` },
  'unknown-rollout': { status: 404, say: (p: { id: string }) => `There is no rollout ${p.id}.` },
  'unknown-prediction': {
    status: 404,
    say: (p: { id: string }) =>
      `No prediction ${p.id} was logged here. A row's id is its request's id, a dot and the row's number.`,
  },
  'bad-page-token': {
    status: 400,
    say: () => 'The page token is none of this list. Send the nextPageToken of the page before as it came.',
  },
  'not-a-prediction-id': {
    status: 400,
    say: (p: { id: string }) =>
      `"${p.id}" is not a prediction id. One reads pred_ and 25 characters, for a row with a dot and its number.`,
  },
  'other-endpoint': {
    status: 400,
    say: (p: { id: string; name: string }) =>
      `The prediction ${p.id} was not made by the endpoint "${p.name}"; nothing of the request was stored.`,
  },
  'other-model': {
    status: 422,
    say: (p: { name: string; model: string; versionModel: string }) =>
      `The endpoint "${p.name}" serves the model "${p.model}", not "${p.versionModel}".`,
  },
  'version-not-ready': {
    status: 409,
    say: (p: { versionId: string; state: string }) =>
      `The version ${p.versionId} is ${p.state}; only a ready one can be deployed.`,
  },
  'model-unusable': {
    status: 422,
    say: (p: { versionId: string; reason: string }) => `The version ${p.versionId} cannot be served: ${p.reason}`,
  },
  'already-serving': {
    status: 409,
    say: (p: { name: string; version: number }) => `Version ${p.version} is at the endpoint "${p.name}" already.`,
  },
  'rollout-open': {
    status: 409,
    say: (p: { name: string; rolloutId: string }) =>
      `The rollout ${p.rolloutId} is under way at the endpoint "${p.name}". Promote it or roll it back first.`,
  },
  'no-champion': {
    status: 409,
    say: (p: { name: string }) =>
      `The endpoint "${p.name}" has no champion to compare with. Deploy a first version directly.`,
  },
  'rollout-ended': {
    status: 409,
    say: (p: { id: string; state: string; verb: string }) =>
      `The rollout ${p.id} is ${p.state}; only one in shadow or canary can be ${p.verb}.`,
  },
  'unknown-experiment': { status: 404, say: (p: { id: string }) => `There is no experiment ${p.id}.` },
  'experiment-open': {
    status: 409,
    say: (p: { name: string; experimentId: string }) =>
      `The experiment ${p.experimentId} is under way at the endpoint "${p.name}". Conclude or stop it first.`,
  },
  'experiment-ended': {
    status: 409,
    say: (p: { id: string; state: string; verb: string }) =>
      `The experiment ${p.id} is ${p.state}; only a running one can be ${p.verb}.`,
  },
  'bad-shares': { status: 422, say: (p: { reason: string }) => `The traffic cannot be divided so: ${p.reason}.` },
  'no-winner': {
    status: 409,
    say: (p: { id: string }) =>
      `The experiment ${p.id} has no winner so far. Name the version to go on with, or stop it.`,
  },
  'not-in-experiment': {
    status: 422,
    say: (p: { id: string; versionId: string }) => `The version ${p.versionId} is not in the experiment ${p.id}.`,
  },
  'nothing-deployed': {
    status: 404,
    say: () =>
      'No version has been deployed on this server yet, so nothing answers here. Deploy one with POST /endpoints/{name}/deployments.',
  },
  'data-plane-unavailable': {
    status: 503,
    say: (p: { reason: string }) =>
      `The data plane cannot be reached (${p.reason}). It starts again by itself; send it again in a moment.`,
  },
})
