import { endpoint, page, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from '../../model/problems.ts'
import { ExperimentName, Run, View } from '../../model/run.ts'

const read = 'experiment-tracking:read'
const write = 'experiment-tracking:write'
/** A search finds runs of experiments that its caller may read, and no others. */
const listed = () => ref('list', 'experiment')

/** Which runs: in which experiments, asked for in our language or in MLflow's. */
const Wanted = z.object({
  /** Names, or numbers as `#7`; left out: all experiments. */
  experiments: z.array(ExperimentName).max(10_000).optional(),
  /** Our language: `metrics.loss < 0.2 and (params.model in (tree, net) or tags.team = a) and started > now() - 7d`. */
  query: z.string().max(20_000).optional(),
  /** MLflow's grammar: clauses joined by AND. */
  filter: z.string().max(20_000).default(''),
  view: View.default('active'),
})

export const searchRuns = endpoint({
  name: 'experiment-tracking.search-runs',
  method: 'POST',
  path: '/runs/search',
  summary:
    'Finds runs: metrics.loss < 0.2 and (params.model = tree or not tags.team = a); newest first unless ordered otherwise',
  needs: { permission: read, on: listed },
  input: Wanted.extend({
    /** Such as `metrics.loss ASC`. Runs without the value come last in both directions, NaN before them. */
    orderBy: z.array(z.string().max(600)).max(20).default([]),
    limit: z.int().min(1).max(50_000).default(100),
    pageToken: z.string().max(100_000).optional(),
  }),
  output: page(Run),
  problems: [problem['bad-filter'], problem['bad-query'], problem['bad-page-token']],
})

export const countRuns = endpoint({
  name: 'experiment-tracking.count-runs',
  method: 'POST',
  path: '/runs/count',
  summary: 'Counts the runs that a search would find',
  needs: { permission: read, on: listed },
  input: Wanted,
  output: z.object({ count: z.int() }),
  problems: [problem['bad-filter'], problem['bad-query']],
})

/** How often each value of a field occurs among the runs found, or between which numbers they lie. */
const Facet = z.object({
  field: z.string(),
  /** Runs that have the field. */
  runs: z.int(),
  /** The most frequent first. */
  values: z.array(z.object({ value: z.string(), runs: z.int() })),
  /** How many different values there are. */
  distinct: z.int(),
  range: z.object({ min: z.number(), max: z.number() }).nullable(),
})
export type Facet = z.infer<typeof Facet>

export const runFacets = endpoint({
  name: 'experiment-tracking.run-facets',
  method: 'POST',
  path: '/runs/facets',
  summary: 'Counts the values of fields among the runs that a search would find, and names the fields they have',
  needs: { permission: read, on: listed },
  input: Wanted.extend({
    /** Such as `status`, `user`, `params.model`, `metrics.loss`. */
    fields: z.array(z.string().max(600)).max(50).default(['status', 'user']),
    /** Values per field. */
    limit: z.int().min(1).max(500).default(20),
    /** Also list the params, tags and metrics that the runs have. */
    keys: z.boolean().default(true),
  }),
  output: z.object({
    count: z.int(),
    facets: z.array(Facet),
    keys: z.array(z.object({ field: z.string(), runs: z.int() })),
  }),
  problems: [problem['bad-filter'], problem['bad-query']],
})

/** Columns of the runs of an experiment as bytes; see the domain's README for their form. */
export const runColumns = endpoint({
  name: 'experiment-tracking.run-columns',
  method: 'GET',
  path: '/experiments/{name}/runs.columns',
  summary: 'Reads the runs of an experiment as binary columns, whole or as what changed since a version',
  needs: { permission: read, on: (input) => ref('experiment', input.name) },
  input: z.object({
    name: ExperimentName,
    /** Fields, joined by commas: `metrics.loss,params.model`; a comma in a key is written `%2C`. */
    keys: z.string().max(20_000).default(''),
    /** The version of the columns that the caller has. */
    since: z.string().max(100).optional(),
    view: View.default('active'),
  }),
  output: z.unknown(),
  answerType: 'application/vnd.millrace.columns',
  problems: [problem['experiment-not-found'], problem['bad-query']],
})

const ViewName = z.string().min(1).max(200)

export const RunView = z.object({
  name: z.string(),
  spec: z.object({
    query: z.string().max(20_000).default(''),
    experiments: z.array(ExperimentName).max(1000).optional(),
    orderBy: z.array(z.string().max(600)).max(20).default([]),
    /** Columns, groups, charts: whatever the page keeps with it. */
    layout: z.record(z.string(), z.unknown()).default({}),
  }),
  /** The query as a syntax tree, so that a later reader need not parse it as today's grammar has it. */
  tree: z.unknown(),
  changedBy: z.string(),
  changedAtMs: z.int(),
})
export type RunView = z.infer<typeof RunView>

export const putRunView = endpoint({
  name: 'experiment-tracking.put-run-view',
  method: 'PUT',
  path: '/run-views/{name}',
  summary: 'Saves a search of runs under a name, for everybody in the workspace',
  needs: { permission: write },
  input: RunView.shape.spec.extend({ name: ViewName }),
  output: RunView,
  problems: [problem['bad-query']],
})

export const readRunView = endpoint({
  name: 'experiment-tracking.read-run-view',
  method: 'GET',
  path: '/run-views/{name}',
  summary: 'Reads a saved search of runs',
  needs: { permission: read },
  input: z.object({ name: ViewName }),
  output: RunView,
  problems: [problem['view-not-found']],
})

export const listRunViews = endpoint({
  name: 'experiment-tracking.list-run-views',
  method: 'GET',
  path: '/run-views',
  summary: 'Lists saved searches of runs, by name',
  needs: { permission: read },
  input: z.object({}),
  output: page(RunView),
})

export const deleteRunView = endpoint({
  name: 'experiment-tracking.delete-run-view',
  method: 'DELETE',
  path: '/run-views/{name}',
  summary: 'Deletes a saved search of runs',
  needs: { permission: write },
  input: z.object({ name: ViewName }),
  output: z.object({}),
  problems: [problem['view-not-found']],
})
