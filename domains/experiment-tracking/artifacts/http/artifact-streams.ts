import { endpoint, ref } from '@millrace/contract'
import { FilePath } from '@millrace/datasets/contract'
import { z } from 'zod'
import { Artifact, listArtifacts, problem, removeArtifacts, RunId } from '../../contract.ts'

const input = z.object({ id: RunId, path: FilePath })
const on = ({ id }: { id: string }) => ref('run', id)

/** What `routes` serves by hand, because bytes go up and down. */
export const artifactStreams = [
  listArtifacts,
  removeArtifacts,
  endpoint({
    name: 'experiment-tracking.put-artifact',
    method: 'PUT',
    path: '/runs/{id}/artifacts/{path}',
    summary: 'Writes an artifact; its path may hold slashes as they are',
    needs: { permission: 'experiment-tracking:write', on },
    input,
    output: Artifact,
    bodyType: 'application/octet-stream',
    problems: [problem['run-not-found'], problem['run-deleted']],
  }),
  endpoint({
    name: 'experiment-tracking.put-model-artifact',
    method: 'PUT',
    path: '/logged-models/{id}/artifacts/{path}',
    summary: 'Writes an artifact of a logged model; its path may hold slashes as they are',
    needs: { permission: 'experiment-tracking:write', on: ({ id }) => ref('logged-model', id) },
    input,
    output: Artifact,
    bodyType: 'application/octet-stream',
    problems: [problem['model-not-found']],
  }),
  endpoint({
    name: 'experiment-tracking.download-artifact',
    method: 'GET',
    path: '/runs/{id}/artifacts/{path}',
    summary: 'Reads an artifact’s bytes, or a range of them',
    needs: { permission: 'experiment-tracking:read', on },
    input,
    output: z.unknown(),
    answerType: 'application/octet-stream',
    problems: [problem['artifact-not-found']],
  }),
  endpoint({
    name: 'experiment-tracking.download-model-artifact',
    method: 'GET',
    path: '/logged-models/{id}/artifacts/{path}',
    summary: 'Reads the bytes of a logged model’s artifact, or a range of them',
    needs: { permission: 'experiment-tracking:read', on: ({ id }) => ref('logged-model', id) },
    input,
    output: z.unknown(),
    answerType: 'application/octet-stream',
    problems: [problem['artifact-not-found']],
  }),
]
