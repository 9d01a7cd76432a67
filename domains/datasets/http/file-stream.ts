import { endpoint, ref } from '@millrace/contract'
import { z } from 'zod'
import { FilePath, problem } from '../contract.ts'

/** What `routes` serves by hand, because the answer is bytes. */
export const downloadFile = endpoint({
  name: 'datasets.download-file',
  method: 'GET',
  path: '/dataset-versions/{id}/files/{path}',
  summary: 'Reads the bytes of one file of a version, or a range of them',
  needs: { permission: 'datasets:read', on: ({ id }) => ref('dataset-version', id) },
  input: z.object({ id: z.string(), path: FilePath }),
  output: z.unknown(),
  answerType: 'application/octet-stream',
  problems: [problem['version-not-found'], problem['file-not-found']],
})
