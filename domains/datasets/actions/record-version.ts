import type { InputOf, Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { LineageEdge } from '@millrace/kernel'
import * as contract from '../contract.ts'
import { action } from '../store/datasets.ts'
import { putDataset } from './put-dataset.ts'

const { problem } = contract

/**
 * Records a version whose files are stored and profiled; makes the data set when it is not there. The same content under
 * the same name (or under none) answers with the version that has it. Throws `datasets/version-exists`.
 */
export const recordVersion = action(
  contract.recordVersion,
  async ({ store, input, actor, nowMs, newId, call, holds }) => {
    const known = await store.datasets.find(input.name)
    if (known === undefined) await call(putDataset, { name: input.name, timeColumn: input.timeColumn ?? null })
    const same = await sameContent(store, input)
    if (same !== undefined) return { answer: same, audit: 'unchanged' }
    const { lastNumber, versions } = known ?? { lastNumber: 0, versions: 0 }
    const number = lastNumber + 1
    const version: contract.DatasetVersion = {
      id: newId('dsv') as contract.DatasetVersionId, // newId makes it of this kind
      dataset: input.name,
      version: input.version ?? (await freeName(store, input.name, number)),
      number,
      createdAtMs: nowMs,
      createdBy: actor.name,
      ...contentOf(input),
    }
    const counters = { latestVersion: version.version, versions: versions + 1, lastNumber: number }
    // The counters first: of two racing registrations one waits here, so numbers stay dense.
    await store.datasets.saveCounters(input.name, counters, nowMs)
    const { profile, tableProfiles, manifest, sealedSource } = input
    await store.versions.insertVersion(version, { profile, tableProfiles, manifest, sealedSource })
    const self = ref('dataset-version', version.id)
    for (const id of sourcesOf(input)) {
      await holds.place(ref('dataset-version', id), self, `${version.dataset}@${version.version} was made from it`)
    }
    return {
      answer: version,
      events: [
        contract.versionRegistered({
          id: version.id,
          dataset: version.dataset,
          version: version.version,
          rowCount: version.rowCount,
        }),
      ],
      audit: { object: self, after: version },
      edges: edgesOf(self, input),
    }
  },
)

function contentOf(input: RecordInput) {
  const { digest, rowCount, format, columns, files, fileCount, sizeBytes, storage, message, tables, split, source } =
    input
  return {
    digest,
    rowCount,
    format,
    columns,
    files,
    fileCount,
    sizeBytes,
    storage,
    message,
    tables,
    ...(source === undefined ? {} : { source }),
    ...(split === undefined ? {} : { split }),
  }
}

type RecordInput = InputOf<typeof contract.recordVersion>
interface Versions {
  readonly versions: {
    version(name: string, version: string): Promise<contract.DatasetVersion | undefined>
    byDigest(name: string, digest: string): Promise<contract.DatasetVersion | undefined>
  }
}

async function sameContent(store: Versions, input: RecordInput): Promise<contract.DatasetVersion | undefined> {
  if (input.version === undefined) return store.versions.byDigest(input.name, input.digest)
  const found = await store.versions.version(input.name, input.version)
  if (found !== undefined && found.digest !== input.digest) {
    throw problem['version-exists']({ dataset: input.name, version: input.version })
  }
  return found
}

async function freeName(store: Versions, dataset: string, number: number): Promise<string> {
  let candidate = number
  while ((await store.versions.version(dataset, `v${candidate}`)) !== undefined) candidate += 1
  return `v${candidate}`
}

function sourcesOf(input: RecordInput): Set<string> {
  return new Set([...input.derivedFrom, ...(input.split === undefined ? [] : [input.split.of])])
}

function edgesOf(self: Ref, input: RecordInput): LineageEdge[] {
  const derived = [...sourcesOf(input)].map((id) => ({
    from: self,
    type: 'derived_from' as const,
    to: ref('dataset-version', id),
  }))
  if (input.producedBy === undefined) return derived
  const producer = ref(input.producedBy.kind, input.producedBy.id)
  return [...derived, { from: producer, type: 'produced', to: self }]
}
