import { endpoint, ref } from '@millrace/contract'
import { FilePath } from '@millrace/datasets/contract'
import { z } from 'zod'
import { problem } from '../../model/problems.ts'
import { Artifact, ArtifactEntry, ArtifactOwner, RunId } from '../../model/run.ts'

const read = 'experiment-tracking:read'
const write = 'experiment-tracking:write'
const Owner = z.object({ id: RunId, owner: ArtifactOwner.default('run') })
const onOwner = (input: z.output<typeof Owner>) => ref(input.owner, input.id)
const notFound = [problem['run-not-found'], problem['model-not-found']]

export const listArtifacts = endpoint({
  name: 'experiment-tracking.list-artifacts',
  method: 'GET',
  path: '/runs/{id}/artifacts',
  summary: 'Lists a folder of a run’s artifacts',
  needs: { permission: read, on: onOwner },
  input: Owner.extend({
    path: z.string().max(900).default(''),
    /** Every file below, instead of one level. */
    recursive: z.stringbool().or(z.boolean()).default(false),
  }),
  output: z.object({ items: z.array(ArtifactEntry) }),
})

/** Reads the manifest entry of one artifact, with its key in the object store. For other domains; not an address. */
export const findArtifact = endpoint({
  name: 'experiment-tracking.find-artifact',
  method: 'GET',
  path: '/run-artifacts/{id}',
  summary: 'Finds one artifact',
  needs: { permission: read, on: onOwner },
  input: Owner.extend({ path: FilePath }),
  output: Artifact.extend({ key: z.string() }),
  problems: [problem['artifact-not-found'], problem['artifact-busy']],
})

/** Not an address: where an owner's artifacts lie, and what is known of one of them. */
export const locateArtifacts = endpoint({
  name: 'experiment-tracking.locate-artifacts',
  method: 'GET',
  path: '/artifact-places/{id}',
  summary: 'Says where artifacts lie',
  needs: { permission: read, on: onOwner },
  input: Owner.extend({ path: z.string().max(1024).default('') }),
  output: z.object({
    root: z.string(),
    /** The artifact at `path` as it was recorded; the digest is null while it is not sure. */
    known: z.object({ digest: z.string().nullable(), sizeBytes: z.int() }).nullable(),
  }),
  problems: notFound,
})

/** Not an address: the check before an upload's bytes are taken, and again before they are shown. */
export const prepareArtifact = endpoint({
  name: 'experiment-tracking.prepare-artifact',
  method: 'GET',
  path: '/prepared-artifacts/{id}',
  summary: 'Checks that an artifact may be written',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({ path: FilePath }),
  output: z.object({ root: z.string(), known: z.boolean(), digest: z.string().nullable() }),
  problems: [...notFound, problem['run-deleted']],
})

/**
 * Not an address: marks an artifact whose bytes are about to change. From here until `recordArtifact` nobody can stand on
 * it, and a crash in between is seen by the mark.
 */
export const reserveArtifact = endpoint({
  name: 'experiment-tracking.reserve-artifact',
  method: 'POST',
  path: '/reserved-artifacts/{id}',
  summary: 'Marks an artifact that is about to change',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({ path: FilePath, writer: z.string().max(64) }),
  output: z.object({}),
  problems: [...notFound, problem['run-deleted'], problem['artifact-busy']],
})

/** Not an address: the transaction at the end of an upload, whose bytes are in their place. */
export const recordArtifact = endpoint({
  name: 'experiment-tracking.record-artifact',
  method: 'PUT',
  path: '/recorded-artifacts/{id}',
  summary: 'Records a stored artifact',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({
    path: FilePath,
    sizeBytes: z.int(),
    /** Null where the bytes did not pass through this server: they are read and hashed soon. */
    digest: z.string().nullable(),
    /** What `reserveArtifact` was given, where it was asked. */
    writer: z.string().max(64).nullable(),
  }),
  /** Not settled: what lies in its place has to be read before it is known. */
  output: z.object({ settled: z.boolean() }),
  problems: [...notFound, problem['run-deleted']],
})

/** Not an address: says what really lies at an artifact's place, after it was read; null where nothing does. */
export const settleArtifact = endpoint({
  name: 'experiment-tracking.settle-artifact',
  method: 'POST',
  path: '/settled-artifacts/{id}',
  summary: 'Records what lies at an artifact’s place',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({
    path: FilePath,
    found: z.object({ digest: z.string(), sizeBytes: z.int() }).nullable(),
    /** The mark that was there when reading began; another one means that somebody wrote in between. */
    mark: z.object({ writer: z.string().nullable(), untilMs: z.int() }).nullable(),
  }),
  output: z.object({}),
})

export const removeArtifacts = endpoint({
  name: 'experiment-tracking.remove-artifacts',
  method: 'DELETE',
  path: '/runs/{id}/artifacts/{path}',
  summary: 'Deletes an artifact, or a folder with all below it',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({ path: z.string().max(900) }),
  output: z.object({ removed: z.array(z.string()) }),
  problems: [...notFound, problem['run-deleted']],
})
