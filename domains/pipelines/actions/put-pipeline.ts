import { createHash } from 'node:crypto'
import { recordCodeVersion } from '@millrace/compute'
import { canonicalJson, declaredEvents, ref } from '@millrace/contract'
import type { ActionContext, LineageEdge } from '@millrace/kernel'
import { z } from 'zod'
import * as contract from '../contract.ts'
import { problem, versionCreated } from '../contract.ts'
import type { PipelineTrigger } from '../model/graph.ts'
import { checkGraph } from '../model/graph.ts'
import type { PipelinesStore } from '../store/pipelines-store.ts'
import { action } from '../store/pipelines-store.ts'
import { showPipeline } from './read-pipelines.ts'

type Context = ActionContext<PipelinesStore, z.output<typeof contract.putPipeline.input>>
type PipelineRow = NonNullable<Awaited<ReturnType<PipelinesStore['pipelines']['find']>>>

/** Declares a pipeline. A change of its code, graph or parameters makes a new version; the same again changes nothing. */
export const putPipeline = action(contract.putPipeline, async (context) => {
  const { store, input, nowMs } = context
  const { name, ...spec } = input
  checkGraph(spec.graph, spec.parameters)
  for (const trigger of spec.triggers) checkTrigger(trigger)
  const before = await store.pipelines.find(name)
  if (before !== undefined && canonicalJson(JSON.parse(before.spec)) === canonicalJson(spec))
    return { answer: showPipeline(before), audit: 'unchanged' }
  const made = await versionFor(context, before)
  const row = {
    name,
    spec: JSON.stringify(spec),
    version: made.number,
    version_id: made.id,
    code_id: made.codeId,
    runs: before?.runs ?? 0,
    created_at_ms: before?.created_at_ms ?? nowMs,
    updated_at_ms: nowMs,
  }
  await store.pipelines.put(row)
  await store.triggers.replace(name, spec.triggers)
  const audit = { object: ref('pipeline', name), after: { version: made.number, spec } }
  return {
    answer: showPipeline(row),
    events: made.events,
    edges: made.edges,
    audit: before === undefined ? audit : { ...audit, before: { version: before.version } },
  }
})

/** The pipeline's version for what is declared: the one there is, or a new one with what is to be said about it. */
async function versionFor(context: Context, before: PipelineRow | undefined) {
  const { store, input, actor, nowMs, newId, call } = context
  const { name: pipeline, ...spec } = input
  const code = await call(recordCodeVersion, spec.code)
  const earlier = before === undefined ? undefined : contract.PipelineSpec.parse(JSON.parse(before.spec))
  if (before !== undefined && earlier !== undefined && versionDigest(earlier) === versionDigest(spec))
    return { number: before.version, id: before.version_id, codeId: code.id, events: [], edges: [] }
  const number = (before?.version ?? 0) + 1
  const id = newId('pver')
  await store.versions.add({
    id,
    pipeline,
    number,
    module: spec.module,
    files_digest: spec.code.filesDigest,
    code_id: code.id,
    graph: JSON.stringify(spec.graph),
    parameters: JSON.stringify(spec.parameters),
    created_at_ms: nowMs,
    created_by: actor.id,
  })
  const events = [versionCreated({ id, pipeline, number, codeVersionId: code.id })]
  const edge: LineageEdge = { from: ref('pipeline-version', id), type: 'used_code', to: ref('code-version', code.id) }
  return { number, id, codeId: code.id, events, edges: [edge] }
}

/** What makes a version: where its code lies, which it is, and what it draws; neither words about it nor triggers. */
function versionDigest(spec: contract.PipelineSpec): string {
  const { module, code, graph, parameters } = spec
  return createHash('sha256').update(canonicalJson({ module, code, graph, parameters })).digest('hex')
}

function checkTrigger(trigger: PipelineTrigger): void {
  const type = declaredEvents().get(trigger.event)
  if (type === undefined) throw problem['unknown-event']({ event: trigger.event })
  const { schema } = type
  if (!(schema instanceof z.ZodObject)) return
  const known = Object.keys(schema.shape)
  for (const path of Object.keys(trigger.filter ?? {})) {
    const [member = ''] = path.split('.')
    if (!known.includes(member))
      throw problem['unknown-event-member']({ event: trigger.event, member, known: known.join(', ') })
  }
}
