import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findVersion, versionOfFolder } from '@millrace/datasets/cli'
import type { ApiClient } from '@millrace/terminal'
import type { DataPlace, Provenance, Run } from '../../../contract.ts'
import { bringData } from '../launch/used-data.ts'
import type { Finding } from './finding.ts'
import { missing, note, ready } from './finding.ts'
import { placeInside } from './place-inside.ts'

/** Checks out the versions of data that a run used to where it had them; with `only: 'look'` says what would be. */
export async function bringRunData(
  api: ApiClient,
  { run, provenance }: { run: Run; provenance: Provenance },
  codeFolder: string,
  only: 'look' | 'bring',
): Promise<Finding[]> {
  const root = provenance.code?.root ?? codeFolder
  const findings: Finding[] = []
  for (const place of provenance.data) findings.push(await bringOne(api, place, { codeFolder, root }, only))
  const placed = new Set(provenance.data.map(({ versionId }) => versionId))
  for (const { name, digest, versionId, details } of run.data) {
    if (versionId !== null && placed.has(versionId)) continue
    const known = versionId === null ? sourceOf(details) : undefined
    findings.push(
      known !== undefined && !existsSync(known)
        ? missing('data', `${name} lay at ${known}, and is not there any more.`)
        : note(
            'data',
            `${name} (${digest}) was not in a folder that Millrace kept; the command has to find it by itself.`,
          ),
    )
  }
  return findings
}

async function bringOne(
  api: ApiClient,
  { versionId, digest, path }: DataPlace,
  { codeFolder, root }: { codeFolder: string; root: string },
  only: 'look' | 'bring',
): Promise<Finding> {
  try {
    const version = await findVersion(api, versionId)
    const title = `${version.dataset}@${version.version}`
    if (version.digest !== digest) return missing('data', `${title} has another digest than the run recorded.`)
    if (path === null) return note('data', `${title} is there; the command has to fetch it by itself.`)
    const place = await placeInside(codeFolder, path)
    if (place === undefined) return await lookOutside(versionId, title, resolve(root, path))
    if (only === 'bring') await bringData(api, versionId, place, true)
    return ready('data', `${title} in ${path}.`)
  } catch (error) {
    return missing('data', `${versionId}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Nothing is written outside the fresh folder; what is there already may do. */
async function lookOutside(versionId: string, title: string, folder: string): Promise<Finding> {
  const found = await versionOfFolder(folder).catch(() => undefined)
  return found === versionId
    ? note('data', `${title} is taken from ${folder}, outside of the repository, as the run took it.`)
    : missing('data', `${title} lay in ${folder}, outside of the repository, and is not there now. Check it out there.`)
}

/** The file of this machine that an MLflow client named as the source of its data. */
function sourceOf(details: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const text = details?.['source']
  if (typeof text !== 'string') return undefined
  const uri = /"(?:uri|path)"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? text
  if (uri.startsWith('file://')) return fileURLToPath(uri)
  return uri.startsWith('/') ? uri : undefined
}
