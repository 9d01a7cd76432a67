import type { Rule, Violation } from './rule.ts'
import { at } from './rule.ts'
import { type CrossImport, crossImports, type Layer, layerOf, memberOf } from './places.ts'

// What `base` members may use of one another. The contract stands alone: it goes to browsers, servers and clients.
const baseUses: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  statistics: [],
  terminal: ['contract'],
  ui: ['contract', 'statistics'],
  kernel: ['contract', 'statistics'],
}

// Nothing imports an app, but two: the command line starts the server in its own process, and examples are the SDK's users.
const appUses: Readonly<Record<string, readonly string[]>> = { cli: ['server'] }

type Verdict = string | undefined

const mayUse: Readonly<Record<Layer, (found: CrossImport) => Verdict>> = {
  base: (found) => {
    if (layerOf(at(`${found.target.path}/`)) !== 'base')
      return 'base knows nothing above it; pass it in, or move the code up'
    const [from, to] = [memberOf(found.from.path), memberOf(found.target.path)]
    return baseUses[from]?.includes(to) ? undefined : `base/${from} may use ${listed(baseUses[from] ?? [])} of base`
  },
  domains: (found) =>
    only(
      found,
      ['base', 'domains'],
      'a domain knows base and earlier domains; what it must say to others goes by event, guard or hook',
    ),
  dialects: (found) =>
    only(
      found,
      ['base', 'domains'],
      'a dialect translates domains; it knows base and their doors, no other dialect, adapter or app',
    ),
  adapters: (found) => {
    if (layerOf(`${found.target.path}/`) === 'domains') return undefined
    const port = ['@millrace/kernel', '@millrace/contract'].includes(found.target.name)
    return port
      ? undefined
      : "an adapter knows ports: those of @millrace/kernel, @millrace/contract, or a domain's door"
  },
  apps: (found) => {
    const [from, to] = [memberOf(found.from.path), memberOf(found.target.path)]
    if (layerOf(`${found.target.path}/`) === 'apps')
      return appUses[from]?.includes(to) ? undefined : 'nothing imports an app'
    if (layerOf(`${found.target.path}/`) === 'adapters' && from !== 'server')
      return 'apps/server alone chooses adapters'
    return undefined
  },
  examples: (found) => {
    const to = layerOf(`${found.target.path}/`)
    if (to === 'base' || found.target.path === 'apps/sdk') return undefined
    if (to === 'domains' && found.door !== '.') return undefined
    return "an example is a user: it knows the SDK, contracts and clients, never the server's inside"
  },
  bench: () => undefined,
  bin: () => undefined,
  test: () => undefined,
}

/** The order of the layers: base, domains, dialects, apps; adapters know ports. */
export const layers: Rule = {
  name: 'keeps the order of the layers',
  check: (tree) => crossImports(tree).flatMap((found) => judge(found)),
}

function judge(found: CrossImport): Violation[] {
  const layer = layerOf(found.from.path)
  const verdict = layer && mayUse[layer](found)
  return verdict
    ? [{ at: at(found.from.path, found.site.line), says: `imports ${found.site.specifier}, but ${verdict}.` }]
    : []
}

function only(found: CrossImport, allowed: readonly Layer[], why: string): Verdict {
  const layer = layerOf(`${found.target.path}/`)
  const sameLayerOfDialects = layer === 'dialects' && found.target.path !== found.from.path
  return layer && allowed.includes(layer) && !sameLayerOfDialects ? undefined : why
}

const listed = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.join(' and '))
