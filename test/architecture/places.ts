import type { ImportSite } from './parse-source.ts'
import type { Package, SourceFile, SourceTree } from './source-tree.ts'

export type Layer = 'base' | 'domains' | 'dialects' | 'adapters' | 'apps' | 'examples' | 'bench' | 'bin' | 'test'

const layers: readonly Layer[] = ['base', 'domains', 'dialects', 'adapters', 'apps', 'examples', 'bench', 'bin', 'test']

/** The layer a path lies in; `undefined` for files at the root. */
export function layerOf(path: string): Layer | undefined {
  return layers.find((layer) => path.startsWith(`${layer}/`))
}

/** The folder below the layer: `kernel` of `base/kernel/db/db.ts`. */
export const memberOf = (path: string) => path.split('/')[1] ?? ''

/** The part of a domain a path lies in: `actions` of `domains/access/actions/x.ts`, `contract.ts` of `domains/access/contract.ts`. */
export function partOf(path: string): string {
  const [, , ...inside] = path.split('/')
  // A concept folder (`domains/x/runs/model/…`) has the same parts one level down.
  return (inside.length > 2 && !parts.has(inside[0] ?? '') && parts.has(inside[1] ?? '') ? inside[1] : inside[0]) ?? ''
}

const parts = new Set(['model', 'actions', 'store', 'http', 'cli', 'web', 'testing', 'process', 'authoring', 'jobs'])

export interface CrossImport {
  readonly from: SourceFile
  readonly site: ImportSite
  readonly target: Package
  /** The door used: `.` or `./contract`. */
  readonly door: string
}

/** Every import of another workspace package by its name. */
export function crossImports(tree: SourceTree): CrossImport[] {
  return tree.sources.flatMap((from) =>
    from.imports.flatMap((site) => {
      const target = tree.packageNamed(packageName(site.specifier))
      if (!target || target === tree.packageOf(from.path)) return []
      return [{ from, site, target, door: `.${site.specifier.slice(target.name.length)}` }]
    }),
  )
}

/** `@scope/name` of `@scope/name/door`, `name` of `name/door`. */
export function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

export const isRelative = (specifier: string) => specifier.startsWith('.')
