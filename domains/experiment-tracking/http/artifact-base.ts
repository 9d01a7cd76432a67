import { join, resolve } from 'node:path'

interface ArtifactSettings {
  readonly defaultArtifactRoot?: string | undefined
  readonly serveArtifacts: boolean
  readonly dataDir: string
}

/** Where the artifacts of new experiments go: below the root that was set, else into this server's own store. */
export function artifactBase({ defaultArtifactRoot, serveArtifacts, dataDir }: ArtifactSettings): string {
  if (defaultArtifactRoot !== undefined) return absoluteLocation(defaultArtifactRoot)
  return serveArtifacts ? 'mlflow-artifacts:' : join(dataDir, 'mlruns')
}

/** A relative path of this machine, or a `file:` address with one, becomes absolute; everything else stays as it is. */
export function absoluteLocation(location: string): string {
  if (!/^[a-z][\w+.-]+:/i.test(location)) return location.startsWith('/') ? location : resolve(location)
  const local = /^file:(?!\/)(.+)$/i.exec(location)?.[1]
  return local === undefined ? location : `file://${resolve(local)}`
}
