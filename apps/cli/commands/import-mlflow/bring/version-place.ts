import type { SourceVersion } from '../source.ts'

/** What a version stands on here. */
export interface VersionPlace {
  readonly runId: string | null
  readonly loggedModelId: string | null
  readonly artifactPath: string
  readonly storageUri: string | null
}

/**
 * Finds the run or logged model whose artifacts a version is made of. MLflow says it by a reference (`runs:/…`,
 * `models:/m-…`), or only by the address where the files lay.
 */
export async function versionPlace(
  version: SourceVersion,
  rootOfRun: (id: string) => Promise<string | undefined>,
): Promise<VersionPlace> {
  const { source, storageLocation, runId } = version
  const elsewhere = { runId, loggedModelId: null, artifactPath: '', storageUri: storageLocation ?? source }
  const model = modelIn(version)
  if (model !== undefined) return { runId, ...model, storageUri: null }
  const run = runIn(version)
  if (run === undefined) return elsewhere
  const root = await rootOfRun(run.id)
  if (root === undefined) return { ...elsewhere, runId: run.id }
  const storageUri = source.startsWith('runs:') ? null : `${root}${run.path === '' ? '' : `/${run.path}`}`
  return { runId: run.id, loggedModelId: null, artifactPath: run.path, storageUri }
}

function modelIn({ source, storageLocation, modelId }: SourceVersion) {
  const reference = /^models:\/(m-[\w-]+)\/?(.*)$/.exec(source)
  for (const uri of [source, storageLocation ?? '']) {
    const place = /\/models\/(m-[\w-]+)\/artifacts\/?(.*)$/.exec(uri)
    const found = reference ?? place
    if (found !== null) return { loggedModelId: found[1] ?? '', artifactPath: found[2] ?? '' }
  }
  return modelId === null ? undefined : { loggedModelId: modelId, artifactPath: '' }
}

function runIn({ source, storageLocation, runId }: SourceVersion): { id: string; path: string } | undefined {
  const reference = /^runs:\/+([^/]+)\/?(.*)$/.exec(source)
  if (reference !== null) return { id: reference[1] ?? '', path: reference[2] ?? '' }
  if (runId === null) return undefined
  for (const uri of [source, storageLocation ?? '']) {
    const at = uri.indexOf(`/${runId}/artifacts`)
    if (at >= 0)
      return { id: runId, path: uri.slice(at + runId.length + '//artifacts'.length).replaceAll(/^\/|\/$/g, '') }
  }
  return undefined
}
