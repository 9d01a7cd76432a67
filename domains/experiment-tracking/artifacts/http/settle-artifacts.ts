import { createHash } from 'node:crypto'
import type { CallContext, Chore, ObjectStore, Runtime } from '@millrace/kernel'
import { objectProblem, systemActor } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import type { TrackingTables } from '../../store/tables.ts'
import { storeOf } from '../../store/tracking.ts'
import { locateArtifacts } from '../actions/read-artifacts.ts'
import { settleArtifact } from '../actions/write-artifacts.ts'
import { unsettledArtifacts } from '../store/artifact-rows.ts'
import type { ArtifactName, OpenPlace } from './artifact-name.ts'
import { openPlace } from './artifact-name.ts'

const atOnce = 100

/**
 * Looks at artifacts of which the manifest is not sure: their writer died between the bytes and the record, or the bytes
 * went to the store directly.
 */
export function settleArtifacts(runtime: Runtime): Chore {
  const unsettled = (limit: number) =>
    unsettledArtifacts(tables<TrackingTables>(runtime.database.reader), runtime.nowMs(), limit)
  return {
    name: 'experiment-tracking.settle-artifacts',
    everyMs: 15_000,
    due: async () => (await unsettled(1)).length > 0,
    run: async () => {
      for (const { workspace, owner, id, path } of await unsettled(atOnce)) {
        await lookAtArtifact(runtime, workspace, { owner, id, path })
      }
    },
  }
}

/** Reads what lies at an artifact's place and records its digest. What cannot be read now is tried again by the chore. */
export async function lookAtArtifact(runtime: Runtime, workspace: string, name: ArtifactName): Promise<void> {
  const context = { workspace, actor: systemActor('artifacts') }
  try {
    const { root } = await runtime.runner.ask(locateArtifacts, { owner: name.owner, id: name.id }, context)
    await settleOne(runtime, context, await openPlace(runtime, context, root), name)
  } catch (error) {
    runtime.log.warn({ err: error, artifact: name }, 'what lies at an artifact’s place could not be read yet')
  }
}

async function settleOne(runtime: Runtime, context: CallContext, place: OpenPlace, name: ArtifactName): Promise<void> {
  const { artifacts } = storeOf(runtime.database.reader, context.workspace)
  const before = await artifacts.find({ kind: name.owner, id: name.id }, name.path)
  const untilMs = before?.writingUntilMs ?? null
  // What is recorded and sure needs no look.
  if (before !== undefined && untilMs === null) return
  const mark = untilMs === null ? null : { untilMs, writer: before?.writer ?? null }
  const found = await digestOf(place.store, place.prefix + name.path)
  await runtime.runner.act(settleArtifact, { ...name, found, mark }, context)
}

async function digestOf(store: ObjectStore, key: string): Promise<{ digest: string; sizeBytes: number } | null> {
  try {
    const opened = await store.open(key)
    const hash = createHash('sha256')
    for await (const chunk of await opened.read()) hash.update(chunk as Uint8Array) // binary streams yield bytes
    return { digest: `sha256:${hash.digest('hex')}`, sizeBytes: opened.sizeBytes }
  } catch (error) {
    if (objectProblem['not-found'].is(error)) return null
    throw error
  }
}

/**
 * Makes the manifest of files that clients wrote themselves, so that something can stand on them: call it before a model
 * is registered from such a place. `path` names a file or a folder; files of the server's own store need nothing.
 */
export async function adoptArtifacts(runtime: Runtime, context: CallContext, name: ArtifactName): Promise<void> {
  const { root } = await runtime.runner.ask(locateArtifacts, { owner: name.owner, id: name.id }, context)
  const place = await openPlace(runtime, context, root)
  if (place.managed) return
  const system = { workspace: context.workspace, actor: systemActor('artifacts') }
  const at = (path: string) => settleOne(runtime, system, place, { ...name, path })
  if (name.path !== '' && (await place.store.stat(place.prefix + name.path)) !== undefined) return at(name.path)
  const folder = (place.prefix + name.path).replace(/\/$/, '')
  for await (const { key } of place.store.list(folder)) await at(key.slice(place.prefix.length))
}
