import { Problem } from '@millrace/contract'
import { readVersionById as readDatasetVersion } from '@millrace/datasets'
import { listEvidence, readModel, readVersion, readVersionById } from '@millrace/model-registry'
import type { Evidence } from '@millrace/model-registry/contract'
import type { EvidenceSeen, Seen } from '../model/evidence.ts'
import type { Ask } from './ask-within.ts'

/** A version, its model and all that was measured of it, as the registry holds them now. */
export type Look = Awaited<ReturnType<typeof lookAt>>

/** Looks at a version. Throws the registry's not-found. */
export async function lookAt(ask: Ask, versionId: string) {
  const version = await ask(readVersionById, { id: versionId })
  const model = await ask(readModel, { name: version.model })
  const evidence = await allEvidence(ask, versionId)
  const number = model.aliases['champion']
  const champion = number === undefined ? null : await ask(readVersion, { name: model.name, version: number })
  const seen: Seen = {
    version: { id: version.id, model: model.name, version: version.version, hasSignature: version.signature !== null },
    champion: champion === null ? null : { id: champion.id, version: champion.version },
    evidence,
    datasetNames: await datasetNames(ask, evidence),
    versionNames: await versionNames(ask, evidence),
  }
  return { version, model, seen }
}

async function allEvidence(ask: Ask, id: string): Promise<Evidence[]> {
  const found: Evidence[] = []
  let pageToken: string | undefined
  do {
    const page = await ask(listEvidence, { id, limit: 1000, ...(pageToken === undefined ? {} : { pageToken }) })
    found.push(...page.items)
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return found
}

async function datasetNames(ask: Ask, evidence: readonly EvidenceSeen[]): Promise<Map<string, string>> {
  return namesOf(
    evidence.map((found) => found.datasetVersionId),
    async (id) => {
      const { dataset, version } = await ask(readDatasetVersion, { id })
      return `${dataset}@${version}`
    },
  )
}

async function versionNames(ask: Ask, evidence: readonly EvidenceSeen[]): Promise<Map<string, string>> {
  return namesOf(
    evidence.map((found) => found.comparedWith?.versionId),
    async (id) => {
      const { version } = await ask(readVersionById, { id })
      return `v${version}`
    },
  )
}

/** What is gone has no name; its id is shown instead. */
async function namesOf(
  ids: readonly (string | null | undefined)[],
  nameOf: (id: string) => Promise<string>,
): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const id of new Set(ids)) {
    if (id === null || id === undefined) continue
    try {
      names.set(id, await nameOf(id))
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error
    }
  }
  return names
}
