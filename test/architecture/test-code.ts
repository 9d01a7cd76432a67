import { crossImports, isRelative, layerOf } from './places.ts'
import { at, type Rule } from './rule.ts'

/** What ships does not lean on builders, fakes or test runners. */
export const testCode: Rule = {
  name: 'keeps test code out of what ships',
  check: (tree) => {
    const own = tree.sources
      .flatMap((file) => file.imports.map((site) => ({ file, site })))
      .filter(({ file, site }) => !file.isTest && isRelative(site.specifier) && /(^|\/)testing\//.test(site.specifier))
    const others = crossImports(tree).filter(
      ({ from, door }) => !from.isTest && layerOf(from.path) !== 'bench' && door.startsWith('./testing'),
    )
    const sites = [...own, ...others.map(({ from, site }) => ({ file: from, site }))]
    return sites.map(({ file, site }) => ({
      at: at(file.path, site.line),
      says: `imports ${site.specifier}, which is for tests.`,
    }))
  },
}
