import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Head } from '../model/record.ts'

const suffix = '.head.json'
const HeadFile = z.object({ length: z.int().min(1), hash: z.string().length(64) })

/** What a head file says: `damaged` when it is there but cannot be read as one. */
export type ReadHead = Head | 'damaged' | undefined

/** Reads the head of a workspace's chain, kept outside the store at `<dataDir>/audit/<workspace>.head.json`. */
export async function readHead(dataDir: string, workspace: string): Promise<ReadHead> {
  let text: string
  try {
    text = await readFile(pathOf(dataDir, workspace), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return HeadFile.parse(JSON.parse(text))
  } catch {
    return 'damaged'
  }
}

/** Writes a head so that a crash leaves the old one or the new one, on disk before this resolves. */
export async function writeHead(dataDir: string, workspace: string, head: Head): Promise<void> {
  const folder = join(dataDir, 'audit')
  await mkdir(folder, { recursive: true })
  const path = pathOf(dataDir, workspace)
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(`${JSON.stringify({ length: head.length, hash: head.hash })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const entry = await open(folder, 'r')
  try {
    await entry.sync()
  } finally {
    await entry.close()
  }
}

/** Workspaces that have a head file. */
export async function workspacesWithHead(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'audit')).catch(() => [])
  return names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length))
}

function pathOf(dataDir: string, workspace: string): string {
  return join(dataDir, 'audit', `${workspace}${suffix}`)
}
