import { join } from 'node:path'
import { ensureEnvironment } from '@millrace/adapter-python-worker'
import type { Runtime } from '@millrace/kernel'

/** The interpreter for a model: `--serving-python` where it meets the model's requirements, else an environment made for them. */
export async function pythonFor(runtime: Runtime, modelPath: string): Promise<string> {
  const { python } = await ensureEnvironment({
    modelPath,
    python: runtime.config.servingPython,
    folder: join(runtime.dataDir, 'model-serving', 'python-environments'),
    say: (sentence) => runtime.log.info(sentence),
  })
  return python
}
