import { Problem, ref } from '@millrace/contract'
import { resolveByDigest, resolveDatasetVersion } from '@millrace/datasets'
import type { ActionContext } from '@millrace/kernel'
import type { RunData } from '../model/run.ts'

type Asking = Pick<ActionContext<unknown, unknown>, 'ask'>
type Holding = Pick<ActionContext<unknown, unknown>, 'holds'>

/** The versions that references and ids name. Throws `datasets/version-not-found`. */
export async function resolveData(
  { ask }: Asking,
  data: readonly { version: string; context: string }[],
): Promise<RunData[]> {
  const resolved: RunData[] = []
  for (const { version, context } of data) {
    const found = await ask(resolveDatasetVersion, { reference: version })
    resolved.push({ name: `${found.dataset}@${found.version}`, digest: found.digest, versionId: found.id, context })
  }
  return resolved
}

/** Data as clients describe it, with the version of ours that it means, where it means one. */
export async function recognizeData(
  { ask }: Asking,
  foreign: readonly Omit<RunData, 'versionId'>[],
): Promise<RunData[]> {
  const recognized: RunData[] = []
  for (const data of foreign) {
    const source = data.details?.['source']
    const asked = {
      name: data.name,
      digest: data.digest,
      ...(typeof source === 'string' && source.length <= 100_000 ? { source } : {}),
    }
    const { version } = await ask(resolveByDigest, asked).catch(unreadable)
    recognized.push({ ...data, versionId: version?.id ?? null })
  }
  return recognized
}

// Who may log runs but read no data sets logs as before.
function unreadable(error: unknown): { version: null } {
  if (error instanceof Problem && error.status === 403) return { version: null }
  throw error
}

/** Keeps the data a run used from deletion. */
export async function holdData(
  { holds }: Holding,
  runId: string,
  runName: string,
  data: readonly RunData[],
): Promise<void> {
  for (const { versionId } of data) {
    if (versionId !== null)
      await holds.place(ref('dataset-version', versionId), ref('run', runId), `the run "${runName}" used it`)
  }
}
