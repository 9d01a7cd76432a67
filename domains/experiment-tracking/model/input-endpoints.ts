import { endpoint, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from './problems.ts'
import { ExperimentName, ForeignData, LoggedData, RunId } from './run.ts'

export const logInputs = endpoint({
  name: 'experiment-tracking.log-inputs',
  method: 'POST',
  path: '/runs/{id}/inputs',
  summary: 'Says which data a run used',
  needs: { permission: 'experiment-tracking:write', on: (input) => ref('run', input.id) },
  input: z.object({
    id: RunId,
    data: z.array(LoggedData).max(100).default([]),
    foreign: z.array(ForeignData).max(100).default([]),
  }),
  output: z.object({}),
  problems: [problem['run-not-found'], problem['run-deleted']],
})

/** Data as it was used in an experiment: by how many runs does not matter. */
const UsedData = z.object({ experimentId: z.string(), name: z.string(), digest: z.string(), context: z.string() })

export const searchInputs = endpoint({
  name: 'experiment-tracking.search-inputs',
  method: 'POST',
  path: '/experiments/inputs',
  summary: 'Lists the data that runs of experiments used, each once per experiment and context; at most 1000',
  needs: { permission: 'experiment-tracking:read' },
  input: z.object({
    /** Names, or numbers as `#7`. */
    experiments: z.array(ExperimentName).min(1).max(100),
  }),
  output: z.object({ items: z.array(UsedData) }),
})
