import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type { ImportSite } from './parse-source.ts'
import { isRelative, packageName } from './places.ts'
import { at, type Rule, type Violation } from './rule.ts'
import type { Package, SourceFile, SourceTree } from './source-tree.ts'

// Tools of the workspace's root that tests everywhere may import.
const testTools = new Set(['vitest', 'fast-check', 'playwright-core', '@axe-core/playwright'])

/** An import stays in its package or names one that its `package.json` declares: what Node and tsc let through. */
export const declaredImports: Rule = {
  name: 'imports only what the package declares, and leaves it only by name',
  check: (tree) => {
    const found = tree.sources.flatMap((file) => file.imports.flatMap((site) => judge(tree, file, site)))
    // A package that is declared nowhere is one fault, however many files import it.
    return [...Map.groupBy(found, ({ fault }) => fault).values()].flatMap((same) => same.slice(0, 1))
  },
}

function judge(tree: SourceTree, file: SourceFile, site: ImportSite): (Violation & { readonly fault: string })[] {
  const own = tree.packageOf(file.path)
  if (!own) return []
  const where = at(file.path, site.line)
  const outside = isRelative(site.specifier) ? leaving(tree, file, site, own) : undefined
  if (outside !== undefined) return [{ at: where, says: outside, fault: where }]
  const says = isRelative(site.specifier) ? undefined : undeclared(file, site, own)
  return says === undefined ? [] : [{ at: where, says, fault: `${own.path} ${packageName(site.specifier)}` }]
}

function leaving(tree: SourceTree, file: SourceFile, site: ImportSite, own: Package): string | undefined {
  const target = posix.join(posix.dirname(file.path), site.specifier)
  const other = tree.packageOf(target)
  if (target.startsWith('..') || !other) return `imports ${site.specifier}, which lies outside the workspace.`
  if (other === own) return undefined
  return `imports ${site.specifier}, which lies in ${other.name || 'the workspace root'}; enter a package by its name and one of its doors.`
}

function undeclared(file: SourceFile, site: ImportSite, own: Package): string | undefined {
  const name = packageName(site.specifier)
  if (site.specifier.startsWith('node:') || name === own.name || own.dependencies.has(name)) return undefined
  if (isBuiltin(site.specifier)) return `imports ${site.specifier}; write node:${site.specifier}.`
  if (file.isTest && testTools.has(name)) return undefined
  const where = posix.join(own.path, 'package.json')
  if (!own.devDependencies.has(name)) return `imports ${site.specifier}, which ${where} does not declare.`
  if (site.typeOnly || livesOnDevelopment(file, own)) return undefined
  return `imports ${site.specifier}, which ${where} declares for development only; move it to "dependencies".`
}

/** The root's own scripts, a package's tests and build configuration. */
function livesOnDevelopment(file: SourceFile, own: Package): boolean {
  return file.isTest || own.path === '' || posix.basename(file.path).endsWith('.config.ts')
}
