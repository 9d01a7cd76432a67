import { endpoint, EpochMs, ref } from '@millrace/contract'
import { Digest, FilePath } from '@millrace/datasets/contract'
import { z } from 'zod'
import { problem } from '../../model/problems.ts'
import { Artifact, ArtifactOwner, RunId } from '../../model/run.ts'
import { KeptUpload, SentPart, StoreRequest, Upload, UploadedFile, UploadId } from './upload.ts'

const write = 'experiment-tracking:write'
const Owner = z.object({ id: RunId, owner: ArtifactOwner.default('run') })
const onOwner = (input: z.output<typeof Owner>) => ref(input.owner, input.id)
const notFound = [problem['run-not-found'], problem['model-not-found'], problem['run-deleted']]

const Of = z.object({ id: RunId })
const One = Of.extend({ upload: UploadId })
const missing = [...notFound, problem['upload-not-found']]

/** The addresses of uploads of a run or of a logged model. */
export function uploadsOf(owner: ArtifactOwner) {
  return { ...wholeUploads(owner), ...partsOfUploads(owner) }
}

function placeOf(owner: ArtifactOwner) {
  const [folder, noun] = owner === 'run' ? ['/runs/{id}', ''] : ['/logged-models/{id}', 'model-']
  const needs = { permission: write, on: ({ id }: { id: string }) => ref(owner, id) } as const
  return { uploads: `${folder}/uploads`, one: `${folder}/uploads/{upload}`, noun, needs }
}

function wholeUploads(owner: ArtifactOwner) {
  const { uploads, one, noun, needs } = placeOf(owner)
  return {
    begin: endpoint({
      name: `experiment-tracking.begin-${noun}upload`,
      method: 'POST',
      path: uploads,
      summary: 'Begins an upload in parts, or gives the unfinished one of the same file back',
      needs,
      input: Of.extend(UploadedFile.shape),
      output: Upload,
      status: 201,
      problems: [...notFound, problem['quota-exceeded']],
    }),
    complete: endpoint({
      name: `experiment-tracking.complete-${noun}upload`,
      method: 'POST',
      path: `${one}/complete`,
      summary: 'Makes the parts one artifact, if the whole has the digest',
      needs,
      input: One.extend({ digest: Digest, parts: z.array(SentPart).max(10_000).default([]) }),
      output: Artifact,
      problems: [...missing, problem['upload-offset'], problem['wrong-digest'], problem['quota-exceeded']],
    }),
    abort: endpoint({
      name: `experiment-tracking.abort-${noun}upload`,
      method: 'DELETE',
      path: one,
      summary: 'Gives an upload up',
      needs,
      input: One,
      output: z.object({}),
      problems: missing,
    }),
  }
}

function partsOfUploads(owner: ArtifactOwner) {
  const { one, noun, needs } = placeOf(owner)
  return {
    read: endpoint({
      name: `experiment-tracking.read-${noun}upload`,
      method: 'GET',
      path: one,
      summary: 'Tells where an upload goes on; HEAD answers with Upload-Offset alone',
      needs,
      input: One,
      output: Upload,
      problems: missing,
    }),
    put: endpoint({
      name: `experiment-tracking.put-${noun}upload-part`,
      method: 'PATCH',
      path: one,
      summary: 'Adds the part at Upload-Offset, whose SHA-256 Content-Digest gives',
      needs,
      input: One,
      output: Upload,
      bodyType: 'application/octet-stream',
      problems: [...missing, problem['upload-offset'], problem['upload-part'], problem['wrong-digest']],
    }),
    addresses: endpoint({
      name: `experiment-tracking.list-${noun}upload-addresses`,
      method: 'GET',
      path: `${one}/addresses`,
      summary: 'Gives the store’s addresses for parts of a direct upload',
      needs,
      input: One.extend({
        from: z.coerce.number().int().min(1).max(10_000).default(1),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
      }),
      output: z.object({ items: z.array(StoreRequest.extend({ number: z.int() })) }),
      problems: [...missing, problem['upload-through-server']],
    }),
  }
}

/** Where an artifact's bytes can be fetched without passing through this server. */
export function addressOf(owner: ArtifactOwner) {
  const [folder, noun] = owner === 'run' ? ['/runs/{id}', ''] : ['/logged-models/{id}', 'model-']
  return endpoint({
    name: `experiment-tracking.read-${noun}artifact-address`,
    method: 'GET',
    path: `${folder}/artifact-address`,
    summary: 'Gives an address of an artifact’s bytes: the store’s own where it can give one, else ours',
    needs: { permission: 'experiment-tracking:read', on: ({ id }: { id: string }) => ref(owner, id) },
    input: z.object({
      id: RunId,
      path: FilePath,
      expiresInSeconds: z.coerce.number().int().min(1).max(86_400).default(3600),
    }),
    output: StoreRequest.extend({
      direct: z.boolean(),
      /** Null for an address of ours, which does not expire. */
      expiresAtMs: EpochMs.nullable(),
    }),
    problems: [problem['artifact-not-found']],
  })
}

/** Not an address: whether a file may be uploaded, where to, and an upload of it that can go on. */
export const findUnfinished = endpoint({
  name: 'experiment-tracking.find-unfinished-upload',
  method: 'GET',
  path: '/unfinished-uploads/{id}',
  summary: 'Finds an upload that can go on',
  needs: { permission: write, on: onOwner },
  input: Owner.extend(UploadedFile.shape),
  output: z.object({ root: z.string(), upload: KeptUpload.nullable() }),
  problems: notFound,
})

/** Not an address: an upload with what the server alone knows of it. */
export const findUpload = endpoint({
  name: 'experiment-tracking.find-upload',
  method: 'GET',
  path: '/kept-uploads/{id}',
  summary: 'Finds an upload',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({ upload: UploadId }),
  output: KeptUpload.extend({ parts: z.array(z.object({ number: z.int(), etag: z.string() })) }),
  problems: [...notFound, problem['upload-not-found']],
})

/** Not an address: keeps an upload that the store has begun, unless another of the same file is there. */
export const keepUpload = endpoint({
  name: 'experiment-tracking.keep-upload',
  method: 'POST',
  path: '/kept-uploads/{id}',
  summary: 'Keeps an upload',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({ upload: KeptUpload }),
  output: KeptUpload,
  problems: notFound,
})

/** Not an address: records a part that the store has, if the upload is still where the part began. */
export const advanceUpload = endpoint({
  name: 'experiment-tracking.advance-upload',
  method: 'PATCH',
  path: '/kept-uploads/{id}',
  summary: 'Records a part',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({
    upload: UploadId,
    from: z.int(),
    sizeBytes: z.int(),
    digest: z.string(),
    part: z.object({ number: z.int(), etag: z.string() }),
  }),
  output: Upload,
  problems: [...notFound, problem['upload-not-found'], problem['upload-offset']],
})

/** Not an address: an upload became an artifact, or nobody goes on with it. */
export const endUpload = endpoint({
  name: 'experiment-tracking.end-upload',
  method: 'POST',
  path: '/ended-uploads/{id}',
  summary: 'Ends an upload',
  needs: { permission: write, on: onOwner },
  input: Owner.extend({ upload: UploadId, forget: z.boolean() }),
  output: z.object({}),
})
