import { ref } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import { action, query } from '../../store/tracking.ts'
import { artifactRef } from '../model/artifact-place.ts'
import type { RecordedArtifact } from '../store/artifact-rows.ts'
import { refuseDeletedOwner, rootOfOwner } from './find-owner.ts'

/** Publishing bytes that are staged takes less; who takes longer is taken for dead, and what lies there is looked at. */
const writingMs = 300_000

/** Whether an artifact may be written, and what is there already. Holds are checked when it is reserved or recorded. */
export const prepareArtifact = query(contract.prepareArtifact, async ({ store, input }) => {
  const owner = { kind: input.owner, id: input.id }
  await refuseDeletedOwner(store, owner)
  const found = await store.artifacts.find(owner, input.path)
  return { root: await rootOfOwner(store, owner), known: found !== undefined, digest: found?.digest ?? null }
})

/** Marks an artifact as about to change; refused while anything stands on it or somebody else writes it. */
export const reserveArtifact = action(contract.reserveArtifact, async ({ store, input, nowMs, holds }) => {
  const { path, writer } = input
  const owner = { kind: input.owner, id: input.id }
  await refuseDeletedOwner(store, owner)
  await holds.refuseIfHeld(artifactRef(owner, path))
  const found = await store.artifacts.find(owner, path)
  if (found !== undefined && found.writer !== writer && isAtWork(found, nowMs)) {
    throw problem['artifact-busy']({ path })
  }
  const marked = { path, digest: null, sizeBytes: found?.sizeBytes ?? -1, writingUntilMs: nowMs + writingMs, writer }
  await store.artifacts.save(owner, marked, nowMs)
  // What is told of it is told when it is recorded.
  return { answer: {}, audit: 'unchanged' }
})

/**
 * Records bytes that are in their place. Where somebody wrote in between, or the bytes did not pass through this server,
 * the artifact stays unsure until it was read.
 */
export const recordArtifact = action(contract.recordArtifact, async ({ store, input, nowMs, holds }) => {
  const { path, digest, sizeBytes, writer } = input
  const owner = { kind: input.owner, id: input.id }
  await refuseDeletedOwner(store, owner)
  const before = await store.artifacts.find(owner, path)
  const alone = before === undefined || (writer !== null && before.writer === writer)
  if (before?.digest === digest && digest !== null) return { answer: { settled: true }, audit: 'unchanged' }
  if (writer === null) await holds.refuseIfHeld(artifactRef(owner, path))
  const settled = alone && digest !== null
  const after: RecordedArtifact = settled
    ? { path, digest, sizeBytes, writingUntilMs: null, writer: null }
    : { path, digest: null, sizeBytes, writingUntilMs: nowMs, writer: null }
  await store.artifacts.save(owner, after, nowMs)
  return {
    answer: { settled },
    audit: { object: ref(owner.kind, owner.id), after: { path, digest, sizeBytes } },
  }
})

/** Records what was found at an artifact's place, unless somebody has written there since reading began. */
export const settleArtifact = action(contract.settleArtifact, async ({ store, input, nowMs }) => {
  const { path, found, mark } = input
  const owner = { kind: input.owner, id: input.id }
  const before = await store.artifacts.find(owner, path)
  const same =
    mark === null
      ? before === undefined
      : before?.writingUntilMs === mark.untilMs && (before.writer ?? null) === mark.writer
  if (!same) return { answer: {}, audit: 'unchanged' }
  if (found === null) await store.artifacts.remove(owner, path)
  else await store.artifacts.save(owner, { path, ...found, writingUntilMs: null, writer: null }, nowMs)
  return { answer: {}, audit: { object: ref(owner.kind, owner.id), after: { path, ...found } } }
})

/** Forgets an artifact, or all below a folder; refused while anything stands on one of them. The bytes go after it. */
export const removeArtifacts = action(contract.removeArtifacts, async ({ store, input, holds }) => {
  const owner = { kind: input.owner, id: input.id }
  await rootOfOwner(store, owner)
  const one = input.path === '' ? undefined : await store.artifacts.find(owner, input.path)
  const found = one === undefined ? await store.artifacts.below(owner, input.path) : [one]
  for (const { path } of found) await holds.refuseIfHeld(artifactRef(owner, path))
  for (const { path } of found) await store.artifacts.remove(owner, path)
  const removed = found.map(({ path }) => path)
  if (removed.length === 0) return { answer: { removed }, audit: 'unchanged' }
  const before = { artifacts: removed.slice(0, 100), count: removed.length }
  return { answer: { removed }, audit: { object: ref(owner.kind, owner.id), before } }
})

function isAtWork(found: Pick<RecordedArtifact, 'writingUntilMs'> | undefined, nowMs: number): boolean {
  const untilMs = found?.writingUntilMs ?? null
  return untilMs !== null && untilMs > nowMs
}
