import { posix } from 'node:path'
import { isRelative, packageName } from './places.ts'
import type { Rule } from './rule.ts'
import type { SourceFile, SourceTree } from './source-tree.ts'

/** No file reaches itself through imports that exist at run time. */
export const cycles: Rule = {
  name: 'has no import cycle between files',
  check: (tree) =>
    stronglyConnected(importGraph(tree)).map((files) => {
      const round = [...files, files[0]].map((path) => path && posix.basename(path)).join(' → ')
      return {
        at: files[0] ?? '',
        says: `imports itself in a circle: ${round}. Move what they share into a file of its own.`,
      }
    }),
}

function importGraph(tree: SourceTree): ReadonlyMap<string, readonly string[]> {
  return new Map(
    tree.sources.map((file) => {
      const targets = file.imports.filter((site) => !site.typeOnly).map((site) => resolve(tree, file, site.specifier))
      return [file.path, targets.filter((target) => target !== undefined)]
    }),
  )
}

/** The file that an import reaches, through `exports` where it names a package; `undefined` for npm's. */
export function resolve(tree: SourceTree, from: SourceFile, specifier: string): string | undefined {
  if (isRelative(specifier)) return tree.source(posix.join(posix.dirname(from.path), specifier))?.path
  const target = tree.packageNamed(packageName(specifier))
  const file = target?.exports[`.${specifier.slice(target.name.length)}`]
  return target && file !== undefined ? tree.source(posix.join(target.path, file))?.path : undefined
}

/** Tarjan's strongly connected components (SIAM J. Comput. 1, 1972), those of more than one node or with a loop. */
function stronglyConnected(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const stack: string[] = []
  const lowestReached = (next: string) => {
    if (!index.has(next)) return visit(next)
    return stack.includes(next) ? (index.get(next) ?? Infinity) : Infinity
  }
  const visit = (node: string): number => {
    const own = index.size
    index.set(node, own)
    stack.push(node)
    const targets = graph.get(node) ?? []
    const lowest = targets.reduce((low, next) => Math.min(low, lowestReached(next)), own)
    if (lowest === own) {
      const component = stack.splice(stack.lastIndexOf(node))
      if (component.length > 1 || targets.includes(node)) found.push(component)
    }
    return lowest
  }
  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}
