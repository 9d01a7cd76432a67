import type { EndpointSpec } from '../../contract.ts'
import type { ArmBatch } from '../../model/traffic-evidence.ts'
import type { ReadBatch, SpoolColumn } from '../log/spool-record.ts'

/** The output that ground truth is held against: the named one, else the last. Of several elements in a row, the last. */
export function scoreColumnOf(outputs: readonly SpoolColumn[], score: EndpointSpec['score']): number {
  const named = outputs.findIndex(({ name }) => name === score.output)
  return named >= 0 ? named : outputs.length - 1
}

/** A batch of the log as evidence of an arm. */
export function armBatchOf(batch: ReadBatch, arm: string, score: EndpointSpec['score']): ArmBatch<string> {
  const { stream, requests, eventTimesMs, outputs } = batch
  const at = scoreColumnOf(stream.outputs, score)
  const width = stream.outputs[at]?.width ?? 1
  const data = outputs?.[at]
  const scores =
    data === undefined
      ? undefined
      : Float64Array.from({ length: eventTimesMs.length }, (_, row) => Number(data[row * width + width - 1]))
  return {
    arm,
    step: stream.rollout?.step ?? 0,
    requests,
    scores,
    eventTimesMs,
  }
}
