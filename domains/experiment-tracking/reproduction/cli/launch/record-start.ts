import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import type { ApiClient } from '@millrace/terminal'
import type { DataPlace, RecordedProvenance, Run, RunCode } from '../../../contract.ts'
import { provenanceArtifacts } from '../../../contract.ts'
import type { Captured } from '../capture/capture.ts'
import type { CapturedCode } from '../capture/git.ts'
import { requirementsText } from '../capture/python.ts'
import type { RunClient } from './run-client.ts'
import { runClient } from './run-client.ts'

export interface StartOptions {
  readonly experiment: string
  readonly name: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly data: readonly DataPlace[]
  readonly reproducesRunId: string | null
}

/** Starts the run and records all that was captured, before the program runs: what it is about to change is kept as it was. */
export async function recordStart(api: ApiClient, captured: Captured, options: StartOptions): Promise<RunClient> {
  const recorded: RecordedProvenance = { ...captured.recorded, data: [...options.data] }
  const run = await api.post<Run>('/runs', {
    experiment: options.experiment,
    ...(options.name === undefined ? {} : { name: options.name }),
    tags: { ...sourceTags(recorded), ...options.tags },
    ...(recorded.code === null ? {} : { code: codeOf(recorded) }),
    data: options.data.map(({ versionId }) => ({ version: versionId })),
  })
  const client = runClient(api, run)
  try {
    await keepFiles(client, captured)
    const path = `/runs/${encodeURIComponent(run.id)}/provenance`
    await api.put(path, { ...recorded, reproducesRunId: options.reproducesRunId })
  } catch (error) {
    await client.end('failed', Date.now()).catch(() => undefined)
    throw error
  }
  return client
}

function codeOf({ code, entryPoint }: RecordedProvenance): RunCode {
  if (code === null) return {}
  const { commit, branch, repository, patch } = code
  return {
    ...optional('gitCommit', commit),
    ...optional('gitBranch', branch),
    ...optional('gitRepository', repository),
    ...optional('patchDigest', patch?.digest ?? null),
    ...optional('entryPoint', entryPoint),
    dirty: isDirty(code),
  }
}

function optional(key: keyof RunCode, value: string | null): RunCode {
  return value === null ? {} : { [key]: value }
}

const isDirty = ({ patch, untracked }: NonNullable<RecordedProvenance['code']>) =>
  patch !== null || untracked.length > 0

/** The tags by which MLflow's clients and pages know where a run came from. */
function sourceTags({ code, entryPoint }: RecordedProvenance): Record<string, string> {
  const tags = {
    'mlflow.user': userInfo().username,
    'mlflow.source.type': 'LOCAL',
    'mlflow.source.name': entryPoint,
    'mlflow.source.git.commit': code?.commit,
    'mlflow.source.git.branch': code?.branch,
    'mlflow.source.git.repoURL': code?.repository,
  }
  return Object.fromEntries(
    Object.entries(tags).filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== ''),
  )
}

async function keepFiles(client: RunClient, { code, recorded }: Captured): Promise<void> {
  if (code !== undefined) await keepCode(client, code)
  const requirements = requirementsText(recorded.python?.packages ?? [])
  if (requirements !== '') await client.putFile(provenanceArtifacts.requirements, Buffer.from(requirements))
}

async function keepCode(client: RunClient, { code, root, patch }: CapturedCode): Promise<void> {
  if (patch !== undefined) await client.putFile(provenanceArtifacts.patch, patch)
  for (const { path } of code.untracked.filter(({ kept }) => kept)) {
    await client.putFile(`${provenanceArtifacts.untracked}/${path}`, await readFile(join(root, path)))
  }
}
