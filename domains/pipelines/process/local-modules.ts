import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** What a module was found to consist of. */
export interface LoadedModule {
  /** The nearest folder above the module that has a `.git` or else a `package.json`; its own otherwise. */
  readonly root: string
  /** The module's path below `root`. */
  readonly entry: string
  /** The local files it imports, itself included, below `root`, sorted. */
  readonly files: readonly string[]
  /** Digest over these files' paths and contents, and over names and versions of the packages they import. */
  readonly filesDigest: string
  readonly exports: Readonly<Record<string, unknown>>
}

/**
 * Imports a module and notes every file that comes along: files outside `node_modules` are the user's and counted by
 * content, packages by name and version. What a file reads while it runs is not seen. For a fresh process only, since
 * what was imported before is not noted.
 */
export async function loadModule(path: string): Promise<LoadedModule> {
  const module = realpathSync(path)
  const seen = new Set<string>([module])
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context)
      if (found.url.startsWith('file:')) seen.add(fileURLToPath(found.url))
      return found
    },
  })
  try {
    const exports = (await import(pathToFileURL(module).href)) as Readonly<Record<string, unknown>> // a module's namespace
    const root = rootOf(module)
    const files = [...seen]
      .filter(isLocal)
      .map((file) => relative(root, file))
      .toSorted(byText)
    const packages = [...new Set([...seen].flatMap(packageOf))].toSorted(byText)
    return { root, entry: relative(root, module), files, filesDigest: digestOf(root, files, packages), exports }
  } finally {
    hooks.deregister()
  }
}

function digestOf(root: string, files: readonly string[], packages: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) {
    const content = createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex')
    hash.update(`file ${file} ${content}\n`)
  }
  for (const name of packages) hash.update(`package ${name}\n`)
  return `sha256:${hash.digest('hex')}`
}

/** The authoring door is a tool of the pipeline, not its code. */
const ownFolders = ['../authoring/', '../model/', '../../../base/contract/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

function isLocal(file: string): boolean {
  return !file.includes(`${sep}node_modules${sep}`) && !ownFolders.some((folder) => file.startsWith(folder))
}

function packageOf(file: string): string[] {
  const at = file.lastIndexOf(`${sep}node_modules${sep}`)
  if (at < 0) return []
  const parts = file.slice(at + '/node_modules/'.length).split(sep)
  const name = parts.slice(0, parts[0]?.startsWith('@') === true ? 2 : 1)
  const manifest = join(file.slice(0, at), 'node_modules', ...name, 'package.json')
  try {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string } // a package's manifest
    return [`${name.join('/')}@${version ?? ''}`]
  } catch {
    return [name.join('/')]
  }
}

function rootOf(module: string): string {
  return nearest(dirname(module), '.git') ?? nearest(dirname(module), 'package.json') ?? dirname(module)
}

function nearest(folder: string, name: string): string | undefined {
  if (existsSync(join(folder, name))) return folder
  const above = dirname(folder)
  return above === folder ? undefined : nearest(above, name)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}
