import { Done, endpoint, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { EvaluationDataset, EvaluationRecord, RecordContent } from './evaluation-dataset.ts'
import { problem } from './problems.ts'
import { Sampling, ScorerVersion } from './scorer.ts'
import { ExperimentId, OneOrMore, plainText } from './trace.ts'

// The part of the contract that speaks of evaluation data sets and scorers.

const read = 'traces:read'
const write = 'traces:write'
const onExperiment = (input: { experimentId: string }) => ref('experiment', `#${input.experimentId}`)

const DatasetInput = z.object({ id: plainText(128) })
const changeDataset = <const N extends string>(verb: N, path: string, method: 'POST' | 'DELETE', summary: string) =>
  ({ name: `traces.${verb}` as const, method, path, summary, needs: { permission: write } }) as const

export const createEvaluationDataset = endpoint({
  ...changeDataset('create-evaluation-dataset', '/evaluation-datasets', 'POST', 'Makes an evaluation data set'),
  input: z.object({
    name: z.string().min(1).max(500),
    experimentIds: z.array(z.string().max(100)).max(1000).default([]),
    tags: z.record(z.string(), z.string()).default({}),
  }),
  output: EvaluationDataset,
  status: 201,
})
export const tagEvaluationDataset = endpoint({
  ...changeDataset('tag-evaluation-dataset', '/evaluation-datasets/{id}/tags', 'POST', 'Sets tags; null removes one'),
  input: DatasetInput.extend({ tags: z.record(z.string(), z.string().nullable()) }),
  output: EvaluationDataset,
  problems: [problem['evaluation-dataset-not-found']],
})
export const linkEvaluationDataset = endpoint({
  ...changeDataset(
    'link-evaluation-dataset',
    '/evaluation-datasets/{id}/experiments',
    'POST',
    'Adds experiments to a data set, or takes them from it',
  ),
  input: DatasetInput.extend({
    add: z.array(ExperimentId).max(1000).default([]),
    remove: z.array(z.string()).max(1000).default([]),
  }),
  output: EvaluationDataset,
  problems: [problem['evaluation-dataset-not-found']],
})
export const putRecords = endpoint({
  ...changeDataset(
    'put-records',
    '/evaluation-datasets/{id}/records',
    'POST',
    'Adds records; one with inputs that are there already is merged into it',
  ),
  input: DatasetInput.extend({ records: z.array(RecordContent).max(10_000) }),
  output: z.object({ inserted: z.int(), updated: z.int() }),
  problems: [problem['evaluation-dataset-not-found']],
})
export const deleteRecords = endpoint({
  ...changeDataset(
    'delete-records',
    '/evaluation-datasets/{id}/records/deletion',
    'POST',
    'Deletes records of an evaluation data set',
  ),
  input: DatasetInput.extend({ recordIds: z.array(z.string()).max(10_000) }),
  output: z.object({ deleted: z.int() }),
  problems: [problem['evaluation-dataset-not-found']],
})
export const deleteEvaluationDataset = endpoint({
  ...changeDataset(
    'delete-evaluation-dataset',
    '/evaluation-datasets/{id}',
    'DELETE',
    'Deletes a data set and its records',
  ),
  input: DatasetInput,
  output: Done,
})
export const readEvaluationDataset = endpoint({
  name: 'traces.read-evaluation-dataset',
  method: 'GET',
  path: '/evaluation-datasets/{id}',
  summary: 'Reads an evaluation data set',
  needs: { permission: read },
  input: DatasetInput,
  output: EvaluationDataset,
  problems: [problem['evaluation-dataset-not-found']],
})
export const searchEvaluationDatasets = endpoint({
  name: 'traces.search-evaluation-datasets',
  method: 'GET',
  path: '/evaluation-datasets',
  summary: "Finds evaluation data sets: name LIKE 'qa%' and tags.team = 'a'; newest first unless ordered otherwise",
  needs: { permission: read },
  input: PageQuery.extend({
    experimentId: OneOrMore.default([]),
    filter: z.string().max(20_000).default(''),
    orderBy: OneOrMore.default([]),
  }),
  output: page(EvaluationDataset),
  problems: [problem['bad-filter']],
})
export const listRecords = endpoint({
  name: 'traces.list-records',
  method: 'GET',
  path: '/evaluation-datasets/{id}/records',
  summary: 'Lists the records of an evaluation data set, oldest first',
  needs: { permission: read },
  input: PageQuery.extend({ id: DatasetInput.shape.id }),
  output: page(EvaluationRecord),
  problems: [problem['evaluation-dataset-not-found']],
})

const ScorerInput = z.object({ experimentId: ExperimentId, name: plainText(500).min(1) })

export const registerScorer = endpoint({
  name: 'traces.register-scorer',
  method: 'POST',
  path: '/scorers',
  summary: 'Registers a scorer; under a name that is there already, its next version',
  needs: { permission: write, on: onExperiment },
  input: ScorerInput.extend({ serialized: z.string().max(1_000_000) }),
  output: ScorerVersion,
  problems: [problem['bad-scorer']],
  status: 201,
})
export const listScorers = endpoint({
  name: 'traces.list-scorers',
  method: 'GET',
  path: '/scorers',
  summary: 'Lists the latest version of every scorer, or all versions of one',
  needs: { permission: read },
  input: z.object({ experimentId: OneOrMore.optional(), name: plainText(500).optional() }),
  output: z.object({ items: z.array(ScorerVersion) }),
  problems: [problem['scorer-not-found']],
})
export const deleteScorer = endpoint({
  name: 'traces.delete-scorer',
  method: 'POST',
  path: '/scorers/deletion',
  summary: 'Deletes one version of a scorer, or all of it',
  needs: { permission: write, on: onExperiment },
  input: ScorerInput.extend({ version: z.int().optional() }),
  output: Done,
  problems: [problem['scorer-not-found']],
})
const ScorerSampling = Sampling.extend({ scorerId: z.string(), experimentId: ExperimentId })
export const sampleScorer = endpoint({
  name: 'traces.sample-scorer',
  method: 'PUT',
  path: '/scorer-sampling',
  summary: 'Says which share of the live traces a scorer is to see',
  needs: { permission: write, on: onExperiment },
  input: ScorerInput.extend({ rate: z.number(), filter: z.string().max(20_000).nullable().default(null) }),
  output: ScorerSampling,
  problems: [problem['scorer-not-found'], problem['bad-scorer']],
})
export const listScorerSampling = endpoint({
  name: 'traces.list-scorer-sampling',
  method: 'GET',
  path: '/scorer-sampling',
  summary: 'Lists how live traces are sampled for some scorers',
  needs: { permission: read },
  input: z.object({ scorerId: OneOrMore }),
  output: z.object({ items: z.array(ScorerSampling) }),
})
