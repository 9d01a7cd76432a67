import { posix } from 'node:path'
import { layerOf, memberOf } from './places.ts'
import { at, type Rule, type Violation } from './rule.ts'
import type { Package, SourceTree } from './source-tree.ts'

// `process/` holds what is started as a process of its own (data plane, job runner); `authoring/` what users' own
// programs import (pipelines).
const folders = new Set(['model', 'actions', 'store', 'http', 'cli', 'web', 'testing', 'process', 'authoring', 'jobs'])
const files = new Set(['README.md', 'package.json', 'contract.ts', 'domain.ts', 'client.ts'])
const headings = ['Owns', 'Invariants', 'Doors', 'Publishes / Listens', 'Tables']

const doors: Readonly<Record<string, RegExp>> = {
  '.': /^\.\/domain\.ts$/,
  './contract': /^\.\/contract\.ts$/,
  './client': /^\.\/client\.ts$/,
  './cli': /^\.\/cli\/[a-z0-9-]+\.ts$/,
  './web': /^\.\/web\/[a-z0-9-]+\.tsx?$/,
  './testing': /^\.\/testing\/[a-z0-9-]+\.ts$/,
}
const otherDoors = /^\.\/(process|authoring)\/[a-z0-9-]+\.ts$/

/** Every domain has the same names in the same places. */
export const domainShape: Rule = {
  name: 'gives every domain the same shape',
  check: (tree) =>
    domains(tree).flatMap((domain) => [
      ...entries(tree, domain),
      ...readme(tree, domain),
      ...manifest(domain),
      ...webProject(tree, domain),
    ]),
}

/** The packages directly under `domains/`. */
export function domains(tree: SourceTree): Package[] {
  return tree.packages.filter((found) => layerOf(`${found.path}/`) === 'domains')
}

function entries(tree: SourceTree, domain: Package): Violation[] {
  const inside = tree.paths
    .filter((path) => path.startsWith(`${domain.path}/`))
    .map((path) => path.slice(domain.path.length + 1).split('/'))
  const strangers = new Set(inside.filter((path) => !fits(path)).map(([first]) => first ?? ''))
  return [...strangers].map((name) => ({
    at: posix.join(domain.path, name),
    says: `has no place in a domain. The shape is ${[...files, ...folders].join(' ')}, or a concept's folder that holds such folders.`,
  }))
}

function fits([first = '', second, ...deeper]: readonly string[]): boolean {
  if (second === undefined) return files.has(first) || files.has(first.replace('.test.ts', '.ts'))
  if (folders.has(first)) return true
  // A large domain splits by concept, each with the same small shape: `runs/model/…`, `runs/actions/…`.
  return deeper.length > 0 && folders.has(second)
}

function readme(tree: SourceTree, domain: Package): Violation[] {
  const path = posix.join(domain.path, 'README.md')
  if (!tree.paths.includes(path))
    return [
      { at: domain.path, says: 'has no README.md; one page: what it owns, its invariants, doors, events and tables.' },
    ]
  const found = [...tree.text(path).matchAll(/^#{1,3} +(.+?) *$/gm)].map((match) => match[1])
  return headings
    .filter((heading) => !found.includes(heading))
    .map((heading) => ({ at: path, says: `has no heading "${heading}".` }))
}

function manifest(domain: Package): Violation[] {
  const path = posix.join(domain.path, 'package.json')
  const name = `@millrace/${memberOf(domain.path)}`
  const misnamed =
    domain.name === name
      ? []
      : [{ at: path, says: `is named ${domain.name}; a domain is named after its folder: ${name}.` }]
  const misplaced = Object.entries(domain.exports)
    .filter(([door, file]) => !(doors[door] ?? otherDoors).test(file))
    .map(([door, file]) => ({
      at: path,
      says: `exports "${door}" as ${file}; a domain's doors are ${Object.keys(doors).join(' ')}, each in its place, and any that lead into process/ or authoring/.`,
    }))
  return [...misnamed, ...misplaced]
}

function webProject(tree: SourceTree, domain: Package): Violation[] {
  const web = posix.join(domain.path, 'web')
  const hasWeb = tree.sources.some((file) => file.path.startsWith(`${web}/`))
  if (!hasWeb || tree.paths.includes(`${web}/tsconfig.json`)) return []
  return [
    {
      at: at(web),
      says: 'has no tsconfig.json, so editors and the linter take its pages for server code; extend ../../../tsconfig.web.json.',
    },
  ]
}
