import { existsSync, statSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { build, type Plugin } from 'rolldown'

export interface Bundle {
  /** npm packages that the code imports, each with the folder of a workspace package that does. */
  readonly imported: ReadonlyMap<string, string>
  /** Files and folders that the code finds beside itself, relative to the root: pages, resources, wheels. */
  readonly beside: ReadonlySet<string>
}

/**
 * Bundles entry points and everything of the workspace that they reach into JavaScript under `outFolder`, npm packages
 * left outside. The tree stays: `domains/x/process/y.ts` becomes `domains/x/process/y.js`. What the code names as
 * `new URL('…', import.meta.url)` becomes an entry of its own (`.ts`) or is listed in `beside` (all else, and what `asSource`
 * names: TypeScript that the program reads as text, to write it elsewhere).
 * Throws a sentence for code that would not find its neighbours any more.
 */
export async function bundle(
  root: string,
  entryPoints: readonly string[],
  outFolder: string,
  asSource: readonly string[] = [],
): Promise<Bundle> {
  const imported = new Map<string, string>()
  const beside = new Set<string>()
  await build({
    input: Object.fromEntries(entryPoints.map((path) => [withoutExtension(path), join(root, path)])),
    cwd: root,
    platform: 'node',
    plugins: [outsideNpm(imported), findNeighbours({ root, beside, imported, asSource: new Set(asSource) })],
    output: {
      dir: outFolder,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      banner: (chunk) =>
        chunk.isEntry && chunk.facadeModuleId?.endsWith('/apps/cli/main.ts') ? '#!/usr/bin/env node' : '',
    },
    logLevel: 'warn',
  })
  return { imported, beside }
}

const withoutExtension = (path: string) => path.replace(/\.ts$/, '')

function outsideNpm(imported: Map<string, string>): Plugin {
  return {
    name: 'leave npm packages outside',
    resolveId: {
      order: 'pre',
      handler(specifier, importer) {
        if (specifier.startsWith('node:')) return { id: specifier, external: true }
        if (importer === undefined || /^[./]|^@millrace\//.test(specifier)) return null
        noteImport(imported, specifier, importer)
        return { id: specifier, external: true }
      },
    },
  }
}

function noteImport(imported: Map<string, string>, specifier: string, importer: string) {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (!imported.has(name)) imported.set(name, packageFolder(importer))
}

function packageFolder(file: string): string {
  const folder = dirname(file)
  return existsSync(join(folder, 'package.json')) ? folder : packageFolder(folder)
}

const neighbour = /new URL\(\s*(['"`])([^'"`$]+)\1,\s*import\.meta\.url,?\s*\)/g
const resolved = /(?:import\.meta|require)\.resolve\(\s*(['"`])([^'"`$./][^'"`$]*)\1\s*\)/g
// A bundle moves code into chunks, so a module's own folder is not where it was.
const ownFolder = /import\.meta\.(dirname|filename)/
const mark = 'millrace-neighbour:'

interface Found {
  readonly root: string
  readonly beside: Set<string>
  readonly imported: Map<string, string>
  readonly asSource: ReadonlySet<string>
}

function findNeighbours({ root, beside, imported, asSource }: Found): Plugin {
  return {
    name: 'find neighbours',
    transform(code, id) {
      if (!id.startsWith(root) || id.includes('/node_modules/')) return null
      const wrong = ownFolder.exec(code)
      if (wrong)
        this.error(
          `${relative(root, id)} uses ${wrong[0]}, which is another folder once packed; use new URL('./…', import.meta.url).`,
        )
      for (const [, , specifier = ''] of code.matchAll(resolved)) noteImport(imported, specifier, id)
      return code.replaceAll(neighbour, (whole, _quote, url: string) => {
        const target = resolve(dirname(id), url)
        if (/^[a-z]+:/.test(url) || whole.includes(mark)) return whole
        if (!existsSync(target)) this.error(`${relative(root, id)} names ${url}, and there is no such file or folder.`)
        const path = relative(root, target)
        const staysSo = asSource.has(path) || !path.endsWith('.ts')
        if (staysSo) beside.add(path)
        else this.emitFile({ type: 'chunk', id: target, fileName: `${withoutExtension(path)}.js` })
        const slash = statSync(target).isDirectory() ? '/' : ''
        return `new URL('${mark}${staysSo ? path : path.replace(/\.ts$/, '.js')}${slash}', import.meta.url)`
      })
    },
    renderChunk(code, chunk) {
      return code.replaceAll(new RegExp(`(['"\`])${mark}([^'"\`]*)\\1`, 'g'), (_whole, _quote, path: string) => {
        const from = posix.relative(posix.dirname(chunk.fileName), path.replace(/\/$/, '')) || '.'
        return JSON.stringify(`${from.startsWith('.') ? '' : './'}${from}${path.endsWith('/') ? '/' : ''}`)
      })
    },
  }
}
