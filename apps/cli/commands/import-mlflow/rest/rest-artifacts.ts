import { Problem } from '@millrace/contract'
import type { ArtifactOwner, SourceFile, SourceFiles } from '../source.ts'
import { textOf } from '../words.ts'
import type { RestClient } from './rest-client.ts'

/** Every file of an owner as the server lists it: whatever store it keeps them in, it hands them out. */
export async function listFiles(client: RestClient, owner: ArtifactOwner): Promise<SourceFiles> {
  try {
    return { files: await filesBelow(client, owner, '') }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { unreachable: error.message }
  }
}

async function filesBelow(client: RestClient, owner: ArtifactOwner, path: string): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  const page = (token: string) => client.get(listPath(owner), listQuery(owner, path, token))
  for await (const entry of client.list('files', page)) {
    const below = textOf(entry['path'])
    // A server that lists the folder itself would be asked for ever.
    if (below === path) continue
    if (entry['is_dir'] === true) files.push(...(await filesBelow(client, owner, below)))
    else files.push({ path: below, sizeBytes: Number(entry['file_size'] ?? 0), open: () => open(client, owner, below) })
  }
  return files
}

function listPath({ kind, id }: ArtifactOwner): string {
  if (kind === 'run') return '/api/2.0/mlflow/artifacts/list'
  return `/api/2.0/mlflow/logged-models/${encodeURIComponent(id)}/artifacts/directories`
}

function listQuery({ kind, id }: ArtifactOwner, path: string, token: string): [string, string][] {
  const more: [string, string][] = token === '' ? [] : [['page_token', token]]
  if (kind === 'run') return [['run_id', id], ...(path === '' ? [] : [['path', path] as [string, string]]), ...more]
  return [...(path === '' ? [] : [['artifact_directory_path', path] as [string, string]]), ...more]
}

function open(client: RestClient, { kind, id }: ArtifactOwner, path: string): Promise<AsyncIterable<Uint8Array>> {
  if (kind === 'run') {
    return client.bytes('/get-artifact', [
      ['run_id', id],
      ['run_uuid', id],
      ['path', path],
    ])
  }
  return client.bytes(`/ajax-api/2.0/mlflow/logged-models/${encodeURIComponent(id)}/artifacts/files`, [
    ['artifact_file_path', path],
  ])
}
