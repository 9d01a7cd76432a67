import type { CallContext, Runtime } from '@millrace/kernel'
import { localModelFile, localModelFolder } from '@millrace/model-registry'
import { problem as registryProblem } from '@millrace/model-registry/contract'
import type { ModelSource } from '../../model/model-source.ts'
import { detectSource } from './detect-source.ts'

/** A version that could not be run is not looked at again for so long: its environment may take minutes to fail. */
const failureKeptMs = 60_000

/**
 * Finds what runs a registered version: its one ONNX file, else whatever its folder holds. The files are brought to this
 * machine once. Throws what `localModelFolder` and `detectSource` throw.
 */
export function createSourceOf(
  runtime: Runtime,
  pythonFor: ((modelPath: string) => Promise<string>) | undefined,
): (context: CallContext, versionId: string) => Promise<ModelSource> {
  const failed = new Map<string, { error: unknown; untilMs: number }>()
  const find = async (context: CallContext, versionId: string): Promise<ModelSource> => {
    try {
      return { format: 'onnx', path: await localModelFile(runtime, context, versionId) }
    } catch (error) {
      if (!registryProblem['no-model-file'].is(error)) throw error
    }
    const folder = await localModelFolder(runtime, context, versionId)
    return detectSource(folder, { trusted: runtime.config.trustModels, pythonFor })
  }
  return async (context, versionId) => {
    const before = failed.get(versionId)
    if (before !== undefined && before.untilMs > runtime.nowMs()) throw before.error
    try {
      return await find(context, versionId)
    } catch (error) {
      failed.set(versionId, { error, untilMs: runtime.nowMs() + failureKeptMs })
      throw error
    }
  }
}
