import { ref } from '@millrace/contract'
import { resolveDatasetVersion } from '@millrace/datasets'
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
