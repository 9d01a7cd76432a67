import order from './domain-order.json' with { type: 'json' }
import { crossImports, layerOf, memberOf } from './places.ts'
import { at, type Rule, type Violation } from './rule.ts'
import type { SourceTree } from './source-tree.ts'

/** A domain uses those before it in `domain-order.json`, never a later one. */
export const domainOrder: Rule = {
  name: 'lets a domain use earlier domains only',
  check: (tree) => [...strangers(tree), ...backwards(tree)],
}

function strangers(tree: SourceTree): Violation[] {
  return tree.packages
    .filter((found) => layerOf(`${found.path}/`) === 'domains' && !order.includes(memberOf(found.path)))
    .map((found) => ({
      at: found.path,
      says: 'is a domain without a place in the order; give it one in test/architecture/domain-order.json.',
    }))
}

function backwards(tree: SourceTree): Violation[] {
  return crossImports(tree).flatMap(({ from, site, target }) => {
    if (layerOf(from.path) !== 'domains' || layerOf(`${target.path}/`) !== 'domains') return []
    const [own, other] = [memberOf(from.path), memberOf(target.path)]
    if (order.indexOf(other) < order.indexOf(own)) return []
    const says = `imports ${site.specifier}, but ${other} comes after ${own}; let ${own} publish an event or offer a guard or hook that ${other} fills.`
    return [{ at: at(from.path, site.line), says }]
  })
}
