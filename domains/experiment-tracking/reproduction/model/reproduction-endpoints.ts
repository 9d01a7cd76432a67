import { endpoint, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from '../../model/problems.ts'
import { RunId } from '../../model/run.ts'
import { Differences } from './differences.ts'
import { Provenance, RecordedProvenance } from './provenance.ts'

const read = 'experiment-tracking:read'
const onRun = (input: { id: string }) => ref('run', input.id)
const RunIdInput = z.object({ id: RunId })

export const putProvenance = endpoint({
  name: 'experiment-tracking.put-provenance',
  method: 'PUT',
  path: '/runs/{id}/provenance',
  summary: 'Records how a run came about: command, code, environment, hardware, places of data',
  needs: { permission: 'experiment-tracking:write', on: onRun },
  input: RecordedProvenance.extend({
    id: RunId,
    /** The run that this one does again; it draws the edge `reproduces`. */
    reproducesRunId: RunId.nullable().default(null),
  }),
  output: z.object({}),
  problems: [problem['run-not-found'], problem['run-deleted'], problem['provenance-recorded']],
  bodyLimitBytes: 8 * 1024 * 1024,
})

/** As it was recorded, before what an MLflow client said is read; in process only. */
export const readRecordedProvenance = endpoint({
  name: 'experiment-tracking.read-recorded-provenance',
  method: 'GET',
  path: '/runs/{id}/provenance/recorded',
  summary: 'Reads what a launcher recorded of how a run came about',
  needs: { permission: read, on: onRun },
  input: RunIdInput,
  output: z.object({ recorded: RecordedProvenance.nullable(), reproducesRunId: z.string().nullable() }),
  problems: [problem['run-not-found']],
})

/** Served by a route of its own: where nothing was recorded, it reads files that came with the run's models. */
export const readProvenance = endpoint({
  name: 'experiment-tracking.read-provenance',
  method: 'GET',
  path: '/runs/{id}/provenance',
  summary: 'Reads how a run came about: command, code, environment, hardware, seeds, places of data',
  needs: { permission: read, on: onRun },
  input: RunIdInput,
  output: Provenance,
  problems: [problem['run-not-found']],
})

/** Served by a route of its own: it reads the runs' patches. */
export const readDifferences = endpoint({
  name: 'experiment-tracking.read-differences',
  method: 'GET',
  path: '/runs/{id}/differences/{other}',
  summary: 'Compares two runs: code, params, data, environment, hardware, metrics',
  needs: { permission: read, on: onRun },
  input: RunIdInput.extend({ other: RunId }),
  output: Differences,
  problems: [problem['run-not-found']],
})
