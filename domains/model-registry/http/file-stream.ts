import { endpoint, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from '../contract.ts'

/** What `routes` serves by hand, because the answer is bytes. */
export const downloadVersionFile = endpoint({
  name: 'model-registry.download-version-file',
  method: 'GET',
  path: '/model-versions/{id}/file',
  summary: 'Reads the bytes of a version’s ONNX file, or a range of them',
  needs: { permission: 'model-registry:read', on: ({ id }) => ref('model-version', id) },
  input: z.object({ id: z.string() }),
  output: z.unknown(),
  answerType: 'application/octet-stream',
  problems: [problem['version-not-found'], problem['no-model-file']],
})
