import { problems } from '@millrace/contract'

/** How the model repository says no. */
export const repositoryProblem = problems('model-serving/repository', {
  'model-unusable': {
    status: 422,
    say: (p: { name: string; reason: string }) => `The model '${p.name}' cannot be served: ${p.reason}`,
  },
  unreadable: {
    status: 422,
    say: (p: { path: string; reason: string }) =>
      `The model repository ${p.path} cannot be read: ${p.reason}. Name a folder with --model-repository that this server may read.`,
  },
})
