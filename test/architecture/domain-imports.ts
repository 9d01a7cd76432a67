import { posix } from 'node:path'
import type { ImportSite } from './parse-source.ts'
import { isRelative, layerOf, memberOf, packageName, partOf } from './places.ts'
import { at, type Rule, type Violation } from './rule.ts'
import type { SourceFile } from './source-tree.ts'

interface Part {
  /** Parts of its own domain that it may reach. */
  readonly own: readonly string[]
  readonly packages: (specifier: string) => boolean
  /** Completes "may import …". */
  readonly may: string
}

const isContract = (specifier: string) =>
  /^@millrace\/contract(\/|$)/.test(specifier) || /^@millrace\/[^/]+\/contract$/.test(specifier)
const isKernel = (specifier: string) => packageName(specifier) === '@millrace/kernel'
const isDomainDoor = (specifier: string) => specifier.startsWith('@millrace/') && !isBase(specifier)
const isBase = (specifier: string) => /^@millrace\/(contract|kernel|ui|statistics|terminal)(\/|$)/.test(specifier)
const isOneOf =
  (...names: readonly string[]) =>
  (specifier: string) =>
    names.includes(packageName(specifier))

// Libraries that compute and do nothing else. Add one here only if it touches no file, clock, socket or process.
const computes = isOneOf('zod', 'yaml', 'croner', '@millrace/statistics')
const nodeComputes = isOneOf('node:crypto', 'node:buffer', 'node:util', 'node:url', 'node:path')

const parts: Readonly<Record<string, Part>> = {
  model: {
    own: ['model', 'contract.ts'],
    // Hashing is arithmetic; the ids and randomness of node:crypto are refused by name (`pure-code.ts`).
    packages: (name) => isContract(name) || computes(name) || name === 'node:crypto',
    may: 'its own model/ and contract, other contracts, @millrace/statistics, zod and hashes: rules have no I/O',
  },
  actions: {
    own: ['actions', 'model', 'store', 'contract.ts'],
    packages: (name) =>
      isContract(name) || computes(name) || name === '@millrace/kernel' || isDomainDoor(name) || nodeComputes(name),
    may: 'its model/, store/ and contract, @millrace/kernel, and doors of earlier domains: an action waits for nothing but its store',
  },
  store: {
    own: ['store', 'model', 'contract.ts'],
    packages: (name) => isContract(name) || computes(name) || isKernel(name) || name === 'kysely' || nodeComputes(name),
    may: 'kysely, @millrace/kernel, contracts, and its own model/ and tables: SQL and nothing else',
  },
  'contract.ts': {
    own: ['contract.ts', 'model'],
    packages: (name) => isContract(name) || name === 'zod',
    may: 'zod and contracts: it also runs in browsers',
  },
  'client.ts': {
    own: ['client.ts', 'contract.ts'],
    packages: (name) => isContract(name) || /^@millrace\/[^/]+\/client$/.test(name),
    may: 'contracts and clients: it also runs in browsers',
  },
  cli: {
    own: ['cli', 'client.ts', 'contract.ts'],
    packages: (name) =>
      !isKernel(name) && name !== 'kysely' && !(isDomainDoor(name) && !/\/(contract|client|cli)$/.test(name)),
    may: 'contracts, clients and @millrace/terminal: a command is a user of the API',
  },
  web: {
    own: ['web', 'client.ts', 'contract.ts'],
    packages: (name) =>
      !name.startsWith('node:') &&
      !isKernel(name) &&
      name !== 'kysely' &&
      !(isDomainDoor(name) && !/\/(contract|client|web)$/.test(name)),
    may: 'its contract and client, @millrace/ui, and the contracts, clients and web parts of earlier domains: it runs in browsers',
  },
}

/** Who may import what inside a domain. */
export const domainImports: Rule = {
  name: 'lets each part of a domain import only what its work needs',
  check: (tree) =>
    tree.sources
      .filter((file) => layerOf(file.path) === 'domains' && !file.isTest)
      .flatMap((file) => file.imports.flatMap((site) => judge(file, site))),
}

function judge(file: SourceFile, site: ImportSite): Violation[] {
  const violation = (says: string) => [
    { at: at(file.path, site.line), says: `imports ${site.specifier}, but ${says}.` },
  ]
  if (isNumberedMigration(file.path))
    return site.specifier === 'kysely'
      ? []
      : violation('a migration imports kysely alone, so that later changes to the code cannot change it')
  const part = parts[partOf(file.path)]
  if (!part)
    return partOf(file.path) !== 'web' && reaches(file, site) === 'web' ? violation('server code cannot run pages') : []
  const allowed = isRelative(site.specifier) ? part.own.includes(reaches(file, site)) : part.packages(site.specifier)
  return allowed ? [] : violation(`${partOf(file.path)} may import ${part.may}`)
}

/** True for `domains/x/store/migrations/0001-create-x.ts`. */
export const isNumberedMigration = (path: string) =>
  /\/migrations\/\d{4}-[^/]+\.ts$/.test(path) && !path.endsWith('.test.ts')

/** The part of its own domain that a relative import reaches; empty when it leaves the domain. */
function reaches(file: SourceFile, site: ImportSite): string {
  if (!isRelative(site.specifier)) return ''
  const target = posix.join(posix.dirname(file.path), site.specifier)
  return memberOf(target) === memberOf(file.path) ? partOf(target) : ''
}
