import { endpoint, EpochMs, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from '../../model/problems.ts'
import { ExperimentName, RunId } from '../../model/run.ts'
import { Quota } from './retention.ts'

const administer = 'experiment-tracking:administer'
const dayMs = 86_400_000

export const TrashKind = z.enum(['run', 'logged-model', 'experiment'])
export type TrashKind = z.infer<typeof TrashKind>

/** Something that was deleted and can still be restored. An experiment's runs are listed beside it. */
export const TrashItem = z.object({
  kind: TrashKind,
  id: z.string(),
  name: z.string(),
  experiment: z.string(),
  deletedAtMs: EpochMs,
  files: z.int(),
  sizeBytes: z.int(),
})
export type TrashItem = z.infer<typeof TrashItem>

export const listTrash = endpoint({
  name: 'experiment-tracking.list-trash',
  method: 'GET',
  path: '/trash',
  summary: 'Lists what was deleted and can be restored, longest deleted first',
  needs: { permission: 'experiment-tracking:read', on: () => ref('list', 'experiment') },
  input: PageQuery.extend({ kind: TrashKind.default('run'), experiment: ExperimentName.optional() }),
  output: page(TrashItem),
  problems: [problem['experiment-not-found'], problem['bad-page-token']],
})

const purged = { output: z.object({ files: z.int(), bytes: z.int() }) }

export const purgeRun = endpoint({
  name: 'experiment-tracking.purge-run',
  method: 'DELETE',
  path: '/trash/runs/{id}',
  summary: 'Forgets a deleted run for good, with its artifacts; refused while anything holds it',
  needs: { permission: administer, on: (input) => ref('run', input.id) },
  input: z.object({ id: RunId, withChildren: z.stringbool().or(z.boolean()).default(false) }),
  ...purged,
  problems: [problem['run-not-found'], problem['not-in-trash']],
})

export const purgeLoggedModel = endpoint({
  name: 'experiment-tracking.purge-logged-model',
  method: 'DELETE',
  path: '/trash/logged-models/{id}',
  summary: 'Forgets a deleted logged model for good, with its artifacts; refused while anything holds it',
  needs: { permission: administer, on: (input) => ref('logged-model', input.id) },
  input: z.object({ id: z.string().min(1).max(128) }),
  ...purged,
  problems: [problem['model-not-found'], problem['not-in-trash']],
})

export const purgeExperiment = endpoint({
  name: 'experiment-tracking.purge-experiment',
  method: 'DELETE',
  path: '/trash/experiments/{name}',
  summary: 'Forgets a deleted experiment for good, once its runs and models are forgotten',
  needs: { permission: administer, on: (input) => ref('experiment', input.name) },
  input: z.object({ name: ExperimentName }),
  ...purged,
  problems: [problem['experiment-not-found'], problem['not-in-trash'], problem['experiment-not-empty']],
})

/** Not an address: says that the bytes of a forgotten owner are gone. */
export const forgetPurged = endpoint({
  name: 'experiment-tracking.forget-purged',
  method: 'POST',
  path: '/purged-artifacts',
  summary: 'Records that the bytes of something forgotten are freed',
  needs: { permission: administer },
  input: z.object({ owner: z.enum(['run', 'logged-model']), id: z.string() }),
  output: z.object({}),
})

const Kept = z.object({ kind: TrashKind, id: z.string(), reason: z.string() })

/** One page of a collection: what was (or would be) freed among the next things in the trash. */
export const collectTrash = endpoint({
  name: 'experiment-tracking.collect-trash',
  method: 'POST',
  path: '/garbage',
  summary: 'Forgets what has long been deleted and frees its artifacts, or says what would be freed',
  needs: { permission: administer },
  input: z.object({
    dryRun: z.boolean().default(true),
    /** Only what was deleted at least so long ago; default 30 days. */
    olderThanMs: z
      .int()
      .min(0)
      .default(30 * dayMs),
    /** What got a file within this time stays; default a day. */
    graceMs: z.int().min(0).default(dayMs),
    experiments: z.array(ExperimentName).max(1000).optional(),
    /** How many things one request looks at; ask again with `nextPageToken`. */
    limit: z.int().min(1).max(1000).default(200),
    pageToken: z.string().max(1024).optional(),
  }),
  output: z.object({
    dryRun: z.boolean(),
    runs: z.int(),
    loggedModels: z.int(),
    experiments: z.int(),
    files: z.int(),
    /** Bytes of artifacts in this server's store. What clients wrote elsewhere is theirs to delete. */
    bytes: z.int(),
    /** What stays although it is old enough: somebody holds it. */
    held: z.array(Kept),
    /** How many stay because they got a file within the grace period. */
    young: z.int(),
    nextPageToken: z.string().optional(),
  }),
  problems: [problem['experiment-not-found'], problem['bad-page-token']],
})

const Warning = z.object({ limit: z.string(), used: z.number(), allowed: z.number(), sentence: z.string() })

export const readUsage = endpoint({
  name: 'experiment-tracking.read-usage',
  method: 'GET',
  path: '/usage',
  summary: 'Says what the workspace holds, what it may hold, and what is about to be too much',
  needs: { permission: 'experiment-tracking:read' },
  input: z.object({}),
  output: z.object({
    artifacts: z.object({ files: z.int(), bytes: z.int() }),
    runs: z.object({ active: z.int(), deleted: z.int() }),
    experiments: z.object({ active: z.int(), deleted: z.int() }),
    /** Points logged since midnight UTC; some seconds late. */
    pointsToday: z.int(),
    /** Bytes of what is forgotten and not freed yet. */
    waitingBytes: z.int(),
    quota: Quota.nullable(),
    warnings: z.array(Warning),
  }),
})

export const putQuota = endpoint({
  name: 'experiment-tracking.put-quota',
  method: 'PUT',
  path: '/quota',
  summary: 'Limits what the workspace may hold and take; an empty body takes every limit away',
  needs: { permission: administer },
  input: Quota,
  output: Quota,
})
