import { Problem } from '@millrace/contract'
import type { Runtime, StoredEvent } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { startRun } from '../actions/start-run.ts'
import { eventSubject } from '../model/event-subject.ts'
import type { PipelineTrigger } from '../model/graph.ts'
import { fillParameters, matchesFilter } from '../model/triggers.ts'
import { pipelinesStore } from '../store/pipelines-store.ts'

/**
 * Starts the runs whose triggers an event meets. Each is started under a key made of the event and the trigger, so an
 * event that is delivered twice starts one run. A trigger whose parameters do not fit is logged, not tried for ever.
 */
export async function startTriggered(runtime: Runtime, event: StoredEvent): Promise<void> {
  const { workspace } = event
  for (const row of await pipelinesStore(runtime.database.reader, workspace).triggers.of(event.name)) {
    const trigger: PipelineTrigger = {
      event: row.event,
      // Both were written by putPipeline.
      filter: JSON.parse(row.filter) as NonNullable<PipelineTrigger['filter']>,
      parameters: JSON.parse(row.parameters) as NonNullable<PipelineTrigger['parameters']>,
    }
    if (!matchesFilter(trigger.filter ?? {}, event.payload)) continue
    const input = {
      name: row.pipeline,
      parameters: fillParameters(trigger, event.payload),
      trigger: { ...eventSubject(event), reason: event.name },
      key: `event:${event.id}:${row.pipeline}:${row.position}`,
    }
    await runtime.runner.act(startRun, input, { workspace, actor: systemActor('triggers') }).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.status >= 500) throw error
      runtime.log.warn({ err: error, pipeline: row.pipeline, event: event.name }, 'a trigger could not start its run')
    })
  }
}
