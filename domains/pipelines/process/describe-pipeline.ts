import { isPipeline } from '../authoring/define.ts'
import { gitState } from './git-state.ts'
import { loadModule } from './local-modules.ts'

// A child process of the loader: imports the module it is told, says what it draws and which code it is, and ends.

process.once('message', (path) => void describe(String(path)))

async function describe(path: string): Promise<void> {
  try {
    const { root, entry, files, filesDigest, exports } = await loadModule(path)
    const found = exports['default']
    if (!isPipeline(found)) throw new Error('it has no default export made by pipeline(…).')
    const { name, description, parameters, graph, triggers } = found
    const code = { root, entry, filesDigest, ...(await gitState(root, files)) }
    answer({ pipeline: { name, module: path, description, parameters, graph, triggers, code } })
  } catch (error) {
    answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

function answer(message: unknown): void {
  process.send?.(message, () => process.exit(0))
}
