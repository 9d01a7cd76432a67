import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CallContext, Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { copyArtifacts, localModelFolder, resolveModelVersion } from '@millrace/model-registry'
import { nameOfServed } from '../model/name-of-served.ts'
import { repositoryProblem } from '../model/repository-problems.ts'

/**
 * The model that `millrace serve` names, on this machine: `models:/name@alias`, `models:/name/3`, `runs:/id/path`, or a
 * path. What came through the registry is not trusted unless the settings say so; a path is the caller's own.
 */
export async function findServedModel(
  runtime: Runtime,
  served: string,
): Promise<{ name: string; path: string; trusted: boolean }> {
  const name = nameOfServed(served)
  const context: CallContext = { actor: systemActor('model-serving'), workspace: 'default' }
  const { trustModels } = runtime.config
  if (served.startsWith('models:')) {
    const version = await runtime.runner.ask(resolveModelVersion, { reference: served }, context)
    return { name, path: await localModelFolder(runtime, context, version.id), trusted: trustModels }
  }
  const run = /^runs:\/+([^/]+)\/?(.*)$/.exec(served)
  if (run !== null)
    return { name, path: await ofRun(runtime, context, run[1] ?? '', run[2] ?? ''), trusted: trustModels }
  return { name, path: resolve(served), trusted: true }
}

async function ofRun(runtime: Runtime, context: CallContext, id: string, path: string): Promise<string> {
  const folder = join(runtime.dataDir, 'model-serving', 'served-runs', id, encodeURIComponent(path))
  if ((await stat(folder).catch(() => undefined)) !== undefined) return folder
  const copied = await copyArtifacts(runtime, context, { owner: 'run', id, path }, folder)
  if (copied === 0) {
    const reason = `the run ${id} has no artifact "${path}"`
    throw repositoryProblem['model-unusable']({ name: `runs:/${id}/${path}`, reason })
  }
  return folder
}
