import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import entries from '../pack-entries.json' with { type: 'json' }
import { buildWeb } from './build-web.ts'
import { bundle } from './pack-bundle.ts'
import { root } from './root.ts'
import { sayStep } from './say-step.ts'

const cli = 'apps/cli/main.js'
const dist = join(root, 'dist')
const stage = join(dist, 'package')

async function pack(): Promise<void> {
  await buildWeb()
  rmSync(stage, { recursive: true, force: true })
  const { imported, beside } = await bundle(root, entries.entryPoints, stage, entries.asSource)
  sayStep('bundle', `${entries.entryPoints.join(', ')}, and ${beside.size} files and folders beside the code`)
  for (const path of [...beside, 'README.md', 'LICENSE', 'CHANGELOG.md']) copy(path)
  renameModules()

  const version = fieldOf(root, 'version')
  const atRunTime = Object.entries(entries.runTimeDependencies).map(
    ([name, folder]) => [name, join(root, String(folder))] as const,
  )
  const dependencies = versions(new Map([...imported, ...atRunTime]))
  const manifest = {
    name: 'millrace',
    version,
    description: 'The whole machine-learning lifecycle in one program',
    license: fieldOf(root, 'license'),
    type: 'module',
    engines: { node: '>=24' },
    bin: { millrace: cli },
    exports: { ...entries.exports, './package.json': './package.json' },
    dependencies,
  }
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  chmodSync(join(stage, cli), 0o755)

  const tarball = join(dist, `millrace-${version}.tgz`)
  execFileSync('tar', ['-C', dist, '-czf', tarball, 'package'])
  const sizeMb = (statSync(tarball).size / 1e6).toFixed(1)
  sayStep('package', `dist/${basename(tarball)}, ${sizeMb} MB, ${Object.keys(dependencies).length} npm dependencies`)
}

function copy(path: string) {
  if (!existsSync(join(root, path))) return
  // TypeScript is there as JavaScript already; the one package.json is this package's own.
  const skipped = /(^|\/)(node_modules|__pycache__|package\.json)$|\.tsx?$/
  const named = join(root, path)
  cpSync(named, join(stage, path), { recursive: true, filter: (file) => file === named || !skipped.test(file) })
}

/** Declared pipelines name their module by its path, which ends in `.js` in the package. */
function renameModules() {
  for (const path of globSync('examples/**/*.yaml', { cwd: stage })) {
    const file = join(stage, path)
    const text = readFileSync(file, 'utf8').replace(/\b(module:\s*\S+)\.ts\b/g, '$1.js')
    for (const [, module = ''] of text.matchAll(/\bmodule:\s*(\S+\.js)\b/g))
      if (!existsSync(join(dirname(file), module)))
        throw new Error(`${path} names ${module}; add it to bin/pack-entries.json.`)
    writeFileSync(file, text)
  }
}

/** The versions that the workspace packages themselves declare. */
function versions(imported: ReadonlyMap<string, string>): Record<string, string> {
  const found = [...imported].map(([name, folder]) => {
    const version = fieldOf(folder, 'dependencies', name)
    if (version === '') throw new Error(`${folder}/package.json does not declare ${name}, which its code imports.`)
    return [name, version] as const
  })
  return Object.fromEntries(found.toSorted(([a], [b]) => a.localeCompare(b)))
}

/** A text inside a folder's `package.json`; empty where there is none. */
function fieldOf(folder: string, ...path: readonly string[]): string {
  let value: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const key of path)
    value =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === key)?.[1]
        : undefined
  return typeof value === 'string' ? value : ''
}

try {
  await pack()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
