import type { Params, Words } from './word.ts'
import { textOf } from './word.ts'

/** The problems of experiment-tracking in MLflow's words. */
export const experimentTrackingWords: Words = {
  'experiment-tracking/run-not-found': { say: (p) => `Run with id=${textOf(p, 'id')} not found` },
  'experiment-tracking/run-exists': { code: 'RESOURCE_ALREADY_EXISTS' },
  'experiment-tracking/run-deleted': {
    code: 'INVALID_PARAMETER_VALUE',
    say: (p) => `The run ${textOf(p, 'id')} must be in the 'active' state. Current state is deleted.`,
  },
  'experiment-tracking/experiment-not-found': { say: (p) => noExperiment(textOf(p, 'experiment')) },
  'experiment-tracking/experiment-deleted': {
    code: 'INVALID_PARAMETER_VALUE',
    say: (p) => `The experiment ${textOf(p, 'id')} must be in the 'active' state. Current state is deleted.`,
  },
  'experiment-tracking/experiment-exists': {
    code: 'RESOURCE_ALREADY_EXISTS',
    say: (p) =>
      `Experiment(name=${textOf(p, 'name')}) already exists. It may be deleted; restore it or take another name.`,
  },
  'experiment-tracking/tag-not-found': { say: noTag },
  'experiment-tracking/param-changed': {
    code: 'INVALID_PARAMETER_VALUE',
    say: (p) =>
      `Changing param values is not allowed. Param with key='${textOf(p, 'key')}' was already logged with value='${textOf(p, 'old')}'${onRun(p)}. Attempted logging new value '${textOf(p, 'new')}'.`,
  },
  'experiment-tracking/model-not-found': { say: (p) => `Logged model with ID '${textOf(p, 'id')}' not found.` },
  'experiment-tracking/model-exists': { code: 'RESOURCE_ALREADY_EXISTS' },
}

function noExperiment(experiment: string): string {
  return experiment.startsWith('#')
    ? `No Experiment with id=${experiment.slice(1)} exists`
    : `Could not find experiment with name '${experiment}'`
}

function noTag(params: Params): string {
  const [key, where] = [textOf(params, 'key'), textOf(params, 'where')]
  const model = /^logged model (.*)$/.exec(where)?.[1]
  if (model !== undefined) return `No tag with key '${key}' found for model with ID '${model}'.`
  return `No tag with name: ${key} in ${where.replace(/^(run|experiment) /, '$1 with id ')}`
}

function onRun(params: Params): string {
  const run = textOf(params, 'run')
  return run === '' ? '' : ` for run ID='${run}'`
}
