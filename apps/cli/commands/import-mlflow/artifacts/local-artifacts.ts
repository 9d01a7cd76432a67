import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceFile, SourceFiles } from '../source.ts'

/** Artifacts that this machine's folders hold. */
export interface LocalArtifacts {
  /** Every file below an address: a path, `file:…`, or `mlflow-artifacts:…` where the folder of those was named. */
  files(uri: string): Promise<SourceFiles>
}

/** `base`: what paths are relative to. `proxied`: the folder that stands behind `mlflow-artifacts:/`. */
export function localArtifacts(base: string, proxied: string | undefined): LocalArtifacts {
  return {
    files: async (uri) => {
      const folder = folderOf(uri, base, proxied)
      if (folder === undefined) return { unreachable: reasonFor(uri) }
      const found = await stat(folder).catch(() => undefined)
      // MLflow makes the folder with the first artifact.
      if (found === undefined)
        return (await hasParent(folder))
          ? { files: [] }
          : { unreachable: `there is no ${folder}: nothing was ever written there, or it lies on another machine` }
      return found.isDirectory() ? { files: await filesBelow(folder, '') } : { unreachable: `${folder} is no folder` }
    },
  }
}

function folderOf(uri: string, base: string, proxied: string | undefined): string | undefined {
  const proxy = /^mlflow-artifacts:\/*(?:\/\/[^/]*)?(.*)$/.exec(uri)
  if (proxy !== null) return proxied === undefined ? undefined : inside(proxied, proxy[1] ?? '')
  if (uri.startsWith('file:')) {
    const bare = /^file:(?!\/\/)(.*)$/.exec(uri)?.[1]
    return bare === undefined ? pathOf(uri) : resolve(base, bare)
  }
  return /^[A-Za-z][A-Za-z0-9+.-]+:/.test(uri) ? undefined : resolve(base, uri)
}

/** MLflow writes paths into addresses as they are, so a percent sign may stand for itself. */
function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri)
  } catch {
    return /^file:\/\/(?:localhost)?(\/.*)$/.exec(uri)?.[1]
  }
}

function inside(folder: string, path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.includes('..') ? undefined : join(folder, ...parts)
}

function reasonFor(uri: string): string {
  if (uri.startsWith('mlflow-artifacts:'))
    return `${uri} lies in the folder of the server’s --artifacts-destination: name it with --artifacts`
  return uri === '' ? 'nothing says where they lie' : `${uri} cannot be read from here`
}

/** Whether the place is there at all, though this folder is not. */
async function hasParent(folder: string): Promise<boolean> {
  for (const up of ['..', '../..', '../../..']) {
    if ((await stat(resolve(folder, up)).catch(() => undefined))?.isDirectory() === true) return true
  }
  return false
}

async function filesBelow(root: string, path: string): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
    const below = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) files.push(...(await filesBelow(root, below)))
    // A link could lead anywhere, so it is not followed.
    else if (entry.isFile()) files.push(await fileAt(root, below))
  }
  return files
}

async function fileAt(root: string, path: string): Promise<SourceFile> {
  const place = join(root, path)
  return { path, sizeBytes: (await stat(place)).size, open: async () => createReadStream(place) }
}
