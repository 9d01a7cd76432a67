import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the npm packages onnxruntime-node and onnxruntime-common lie, for what takes them along. */
export function packageFolders(): { readonly node: string; readonly common: string } {
  const node = fileURLToPath(import.meta.resolve('onnxruntime-node/package.json'))
  // Of the runtime's own version: its entry lies two folders below its root.
  const common = createRequire(node).resolve('onnxruntime-common')
  return { node: dirname(node), common: dirname(dirname(dirname(common))) }
}
