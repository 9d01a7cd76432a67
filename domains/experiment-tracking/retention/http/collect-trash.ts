import type { AnswerOf, InputOf } from '@millrace/contract'
import { decodePageToken, encodePageToken, Problem, ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { heldAmong, parseInput } from '@millrace/kernel'
import { findExperiment } from '../../actions/find-experiment.ts'
import { artifactRef } from '../../artifacts/model/artifact-place.ts'
import * as contract from '../../contract.ts'
import { problem } from '../../model/problems.ts'
import type { TrackingStore } from '../../store/tracking.ts'
import { storeOf } from '../../store/tracking.ts'
import { purgeExperiment, purgeLoggedModel, purgeRun } from '../actions/purge.ts'
import type { Trashed, TrashPosition } from '../store/trash-rows.ts'
import { freeWorkspace } from './free-bytes.ts'

type Input = InputOf<typeof contract.collectTrash>
type Answer = AnswerOf<typeof contract.collectTrash>
type Kind = contract.TrashKind

/** Runs go before their experiment. */
const order: readonly Kind[] = ['run', 'logged-model', 'experiment']

interface Round {
  readonly runtime: Runtime
  readonly context: CallContext
  readonly store: TrackingStore
  readonly input: Input
  readonly untilMs: number
  readonly youngMs: number
  readonly experiments: readonly number[] | undefined
  readonly freed: { runs: number; loggedModels: number; experiments: number; files: number; bytes: number }
  readonly held: Answer['held']
  young: number
}

/**
 * Looks at the next things in the trash: says what forgetting them would free, or forgets them, each in a transaction of
 * its own with its audit record, and then frees their bytes. What is held, or got a file within the grace period, stays.
 */
export async function collectTrash(runtime: Runtime, context: CallContext, body: unknown): Promise<Answer> {
  const input = parseInput(contract.collectTrash, body)
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.collectTrash.needs.permission, ref('workspace', context.workspace))
  const store = storeOf(runtime.database.reader, context.workspace)
  const nowMs = runtime.nowMs()
  const round: Round = {
    runtime,
    context,
    store,
    input,
    untilMs: nowMs - input.olderThanMs,
    youngMs: nowMs - input.graceMs,
    experiments: await numbersOf(store, input.experiments),
    freed: { runs: 0, loggedModels: 0, experiments: 0, files: 0, bytes: 0 },
    held: [],
    young: 0,
  }
  const next = await walk(round)
  if (!input.dryRun) await freeWorkspace(runtime, context.workspace)
  const { held, young, freed } = round
  return { dryRun: input.dryRun, ...freed, held, young, ...(next === undefined ? {} : { nextPageToken: next }) }
}

/** Goes on from the page token for `limit` things; gives the token of the next page. */
async function walk(round: Round): Promise<string | undefined> {
  let at: { place: number; after: TrashPosition | undefined } = startOf(round.input.pageToken)
  for (let left = round.input.limit; left > 0;) {
    const kind = order[at.place]
    if (kind === undefined) return undefined
    const found = await pageOfTrash(round, kind, at.after, left)
    await collectPage(round, kind, found)
    const last = found.at(-1)
    const isDone = last === undefined || found.length < left
    at = isDone
      ? { place: at.place + 1, after: undefined }
      : { place: at.place, after: { atMs: last.deletedAtMs, id: last.id } }
    left -= found.length
  }
  return at.place >= order.length ? undefined : encodePageToken([at.place, at.after?.atMs ?? -1, at.after?.id ?? ''])
}

function pageOfTrash(round: Round, kind: Kind, after: TrashPosition | undefined, limit: number): Promise<Trashed[]> {
  const { store, untilMs, experiments } = round
  return store.trash.list({
    kind,
    untilMs,
    limit,
    ...(experiments === undefined ? {} : { experiments }),
    ...(after === undefined ? {} : { after }),
  })
}

async function collectPage(round: Round, kind: Kind, found: readonly Trashed[]): Promise<void> {
  if (kind === 'experiment') return collectExperiments(round, found)
  const { store, input, freed } = round
  const ids = found.map(({ id }) => id)
  const files = await store.trash.filesOf(kind, ids)
  const held = input.dryRun ? await heldOf(round, kind, ids) : new Map<string, string>()
  for (const { id } of found) {
    const own = files.get(id) ?? { files: 0, bytes: 0, newestAtMs: 0 }
    const reason = held.get(id)
    if (own.newestAtMs > round.youngMs) round.young += 1
    else if (reason !== undefined) round.held.push({ kind, id, reason })
    else if (input.dryRun || (await purge(round, kind, id))) {
      freed[kind === 'run' ? 'runs' : 'loggedModels'] += 1
      freed.files += own.files
      freed.bytes += own.bytes
    }
  }
}

/** What would refuse to go, with the reason. */
async function heldOf(
  round: Round,
  kind: 'run' | 'logged-model',
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { runtime, context, store } = round
  const held = await heldAmong(
    runtime.database.reader,
    context.workspace,
    ids.map((id) => ref(kind, id)),
  )
  const found = new Map([...held].map(([{ id }, problemOf]) => [id, problemOf.message]))
  const paths = await store.trash.pathsOf(kind, ids)
  const ofFile = new Map(paths.map(({ owner_id: id, path }) => [artifactRef({ kind, id }, path), id]))
  for (const [on, problemOf] of await heldAmong(runtime.database.reader, context.workspace, [...ofFile.keys()])) {
    const owner = ofFile.get(on)
    if (owner !== undefined && !found.has(owner)) found.set(owner, problemOf.message)
  }
  return found
}

/** An experiment goes when nothing of it stays. */
async function collectExperiments(round: Round, found: readonly Trashed[]): Promise<void> {
  const { store, input, freed } = round
  for (const { id, experiment } of found) {
    // Before anything is freed its runs are there; those that will stay are named among `held`.
    const goes = input.dryRun || (await store.trash.isEmpty(experiment))
    if (goes && (input.dryRun || (await purge(round, 'experiment', id)))) freed.experiments += 1
  }
}

/** False for what is held or vetoed, which is told. */
async function purge({ runtime, context, held }: Round, kind: Kind, id: string): Promise<boolean> {
  const { runner } = runtime
  try {
    if (kind === 'run') await runner.act(purgeRun, { id }, context)
    else if (kind === 'logged-model') await runner.act(purgeLoggedModel, { id }, context)
    else await runner.act(purgeExperiment, { name: `#${id}` }, context)
    return true
  } catch (error) {
    if (isAlreadyGone(error)) return false
    if (!(error instanceof Problem) || error.status >= 500) throw error
    held.push({ kind, id, reason: error.message })
    return false
  }
}

/** Restored, or forgotten by somebody else, since it was listed. */
function isAlreadyGone(error: unknown): boolean {
  const gone = [problem['run-not-found'], problem['model-not-found'], problem['experiment-not-found']]
  return gone.some((each) => each.is(error)) || problem['not-in-trash'].is(error)
}

async function numbersOf(store: TrackingStore, names: readonly string[] | undefined): Promise<number[] | undefined> {
  if (names === undefined) return undefined
  return Promise.all(names.map(async (name) => (await findExperiment(store, name)).number))
}

function startOf(token: string | undefined): { place: number; after: TrashPosition | undefined } {
  if (token === undefined) return { place: 0, after: undefined }
  const [place, atMs, id] = decodePageToken(token) ?? []
  if (typeof place !== 'number' || typeof atMs !== 'number' || typeof id !== 'string') {
    throw problem['bad-page-token']({})
  }
  return { place, after: atMs < 0 ? undefined : { atMs, id } }
}
