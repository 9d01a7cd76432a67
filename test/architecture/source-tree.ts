import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type ParsedSource, parseSource } from './parse-source.ts'

/** A workspace as the rules see it. Paths are relative to its root, with `/`. */
export interface SourceTree {
  readonly root: string
  /** Every file but those of tools and build outputs. */
  readonly paths: readonly string[]
  readonly sources: readonly SourceFile[]
  readonly packages: readonly Package[]
  /** The source at a path; `undefined` where there is none. */
  source(path: string): SourceFile | undefined
  /** The package that a file belongs to: the nearest folder above it with a `package.json`. */
  packageOf(path: string): Package | undefined
  packageNamed(name: string): Package | undefined
  text(path: string): string
}

export interface SourceFile extends ParsedSource {
  readonly path: string
  readonly isTest: boolean
}

export interface Package {
  /** Its folder; empty for the workspace's own. */
  readonly path: string
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies: ReadonlySet<string>
  readonly devDependencies: ReadonlySet<string>
}

const skippedFolders = new Set(['node_modules', 'dist', 'coverage', '.git', '.toolchain', '.millrace'])
const codeFolders = new Set(['base', 'domains', 'dialects', 'adapters', 'apps', 'examples', 'bench', 'bin', 'test'])

/** Reads and parses a workspace. Throws when a `package.json` is not JSON. */
export function readTree(root: string): SourceTree {
  const paths = [...walk(root, '')].toSorted()
  const text = (path: string) => readFileSync(join(root, path), 'utf8')
  const sources = paths
    .filter(isSource)
    .map((path) => ({ path, isTest: isTest(path), ...parseSource(path, text(path)) }))
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const packages = paths
    .filter((path) => posix.basename(path) === 'package.json')
    .map((path) => readPackage(path, text(path)))
  const byFolder = new Map(packages.map((found) => [found.path, found]))
  const byName = new Map(packages.map((found) => [found.name, found]))
  return {
    root,
    paths,
    sources,
    packages,
    text,
    source: (path) => byPath.get(path),
    packageOf: (path) => nearest(byFolder, posix.dirname(path)),
    packageNamed: (name) => byName.get(name),
  }
}

function* walk(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name)
    if (entry.isFile()) yield path
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) yield* walk(root, path)
  }
}

const isSource = (path: string) =>
  /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && codeFolders.has(path.split('/')[0] ?? '')

/** Tests, and what only tests use: builders, fakes, suites. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.split('/').includes('testing') || path.startsWith('test/')
}

function nearest(byFolder: ReadonlyMap<string, Package>, folder: string): Package | undefined {
  if (folder === '.') return byFolder.get('')
  return byFolder.get(folder) ?? nearest(byFolder, posix.dirname(folder))
}

function readPackage(path: string, text: string): Package {
  const manifest: unknown = JSON.parse(text)
  const folder = posix.dirname(path)
  return {
    path: folder === '.' ? '' : folder,
    name: stringAt(manifest, 'name'),
    exports: stringsAt(manifest, 'exports'),
    dependencies: new Set(
      ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
        Object.keys(stringsAt(manifest, kind)),
      ),
    ),
    devDependencies: new Set(Object.keys(stringsAt(manifest, 'devDependencies'))),
  }
}

function stringAt(value: unknown, key: string): string {
  const found = fieldsOf(value)[key]
  return typeof found === 'string' ? found : ''
}

function stringsAt(value: unknown, key: string): Record<string, string> {
  const fields = Object.entries(fieldsOf(fieldsOf(value)[key]))
  return Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string'))
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
