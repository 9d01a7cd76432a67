import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { NodeState, Package } from '../../../contract.ts'
import { outputOf } from './run-program.ts'

const Manifest = z.object({
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
})

/** Lock files by their manager. */
export const managers = {
  'package-lock.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
} as const

const nodePrograms = new Set(['node', 'npm', 'npx', 'pnpm', 'yarn', 'bun', 'tsx', 'deno'])

/** Reads the Node environment of a folder; null where the command is not Node's and the folder has no package.json. */
export async function captureNode(
  command: readonly string[],
  place: { cwd: string; env: NodeJS.ProcessEnv },
  lockFiles: readonly { path: string }[],
): Promise<NodeState | null> {
  const manifest = await readManifest(join(place.cwd, 'package.json'))
  if (manifest === undefined && !nodePrograms.has(basename(command[0] ?? ''))) return null
  const version = (await outputOf('node', ['--version'], place))?.text.trim() ?? null
  const asked = Object.keys({ ...manifest?.dependencies, ...manifest?.devDependencies }).toSorted()
  const found = await Promise.all(asked.map((name) => installed(place.cwd, name)))
  const lock = lockFiles.map(({ path }) => basename(path)).find((name) => name in managers)
  const manager = Object.entries(managers).find(([file]) => file === lock)?.[1] ?? null
  return { version, manager, packages: found.filter((known) => known !== undefined) }
}

async function installed(folder: string, name: string): Promise<Package | undefined> {
  const manifest = await readManifest(join(folder, 'node_modules', name, 'package.json'))
  return manifest?.version === undefined ? undefined : { name, version: manifest.version, source: null }
}

async function readManifest(path: string): Promise<z.infer<typeof Manifest> | undefined> {
  try {
    const parsed = Manifest.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.data
  } catch {
    return undefined
  }
}
