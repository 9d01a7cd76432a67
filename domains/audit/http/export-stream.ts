import { endpoint } from '@millrace/contract'
import { z } from 'zod'

/** What `routeExport` serves by hand, because the answer is a stream of lines. */
export const exportAudit = endpoint({
  name: 'audit.export',
  method: 'GET',
  path: '/audit/export',
  summary: 'Streams the whole chain as JSON lines, for the offline verification',
  needs: { permission: 'audit:administer' },
  input: z.object({}),
  output: z.unknown(),
  answerType: 'application/x-ndjson',
})
