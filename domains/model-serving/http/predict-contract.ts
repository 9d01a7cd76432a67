import { endpoint, Name, ref } from '@millrace/contract'
import { z } from 'zod'
import { servingProblem } from '../contract.ts'

/** What the data plane serves, with a reader of its own that knows the model's datatypes. */
export const predict = endpoint({
  name: 'model-serving.predict',
  method: 'POST',
  path: '/endpoints/{name}/predict',
  summary: 'Predicts: rows of named values in, one answer per row out',
  needs: { permission: 'model-serving:predict', on: ({ name }) => ref('endpoint', name) },
  input: z.object({
    name: Name,
    rows: z.array(z.record(z.string(), z.unknown())).min(1),
    /** One per row; default the time of arrival. */
    eventTimesMs: z.array(z.number()).optional(),
  }),
  output: z.object({
    id: z.string(),
    version: z.int(),
    versionId: z.string(),
    deploymentId: z.string(),
    predictions: z.array(z.object({ id: z.string(), outputs: z.record(z.string(), z.unknown()) })),
  }),
  problems: [servingProblem['unknown-endpoint'], servingProblem['data-plane-unavailable']],
})
