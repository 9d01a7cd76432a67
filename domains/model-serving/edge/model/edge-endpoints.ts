import { endpoint, Name, ref } from '@millrace/contract'
import { z } from 'zod'
import { servingProblem } from '../../model/serving-problems.ts'
import { datatypes } from '../../model/tensor.ts'

const Column = z.object({
  name: z.string().min(1).max(256),
  datatype: z.enum(datatypes),
  shape: z.array(z.int().min(-1)).max(8),
})
const Values = z.record(z.string(), z.unknown())

/** Predictions that were made elsewhere come into the log, each once however often it is sent. */
export const ingestPredictions = endpoint({
  name: 'model-serving.ingest-predictions',
  method: 'POST',
  path: '/endpoints/{name}/prediction-log',
  summary: 'Takes predictions that an edge bundle made into the log; those that it has already are left out',
  needs: { permission: 'model-serving:predict', on: (input: { name: string }) => ref('endpoint', input.name) },
  input: z.object({
    name: Name,
    versionId: z.string().max(64).nullable(),
    version: z.int().min(0).nullable(),
    signature: z.object({ inputs: z.array(Column).max(1000), outputs: z.array(Column).max(1000) }),
    rows: z
      .array(
        z.object({
          id: z.string().max(64),
          atMs: z.number().min(0).max(8.64e15),
          latencyUs: z.number().min(0).max(4_294_967_295),
          inputs: Values,
          outputs: Values,
        }),
      )
      .max(1000),
  }),
  output: z.object({ taken: z.int(), known: z.int() }),
  problems: [
    servingProblem['unknown-endpoint'],
    servingProblem['not-a-prediction-id'],
    servingProblem['other-endpoint'],
    servingProblem['other-model'],
  ],
})
