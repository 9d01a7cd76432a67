import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { isNumberedMigration } from './domain-imports.ts'
import type { Rule, Violation } from './rule.ts'
import { readTree, type SourceTree } from './source-tree.ts'

/** Where the digests of landed migrations are kept: path to SHA-256. */
export const lockPath = 'test/architecture/migrations.lock.json'

/** A migration that has landed never changes: stores in the field have already run it. */
export const migrationsLock: Rule = {
  name: 'keeps landed migrations as they are, numbered without gaps',
  check: (tree) => [...changed(tree), ...misnumbered(tree)],
}

/**
 * Locks the migrations under `root` that are new, and those that changed but have not landed; `landed` is the lock as
 * main has it. Returns the paths that were locked. Throws when one that has landed was changed or is gone.
 */
export function lockMigrations(root: string, landed: Readonly<Record<string, string>>): string[] {
  const tree = readTree(root)
  const broken = brokenPromises(tree, landed)
  if (broken.length > 0) throw new Error(broken.map(({ at, says }) => `${at} ${says}`).join('\n'))
  const before = readLock(tree)
  const digests = migrationDigests(tree)
  const lines = Object.entries(digests).map(([path, digest]) => `  ${JSON.stringify(path)}: ${JSON.stringify(digest)}`)
  writeFileSync(join(root, lockPath), `{\n${lines.join(',\n')}\n}\n`)
  return Object.keys(digests).filter((path) => before[path] !== digests[path])
}

/** Path to SHA-256, as a lock file's text holds it. */
export function parseLock(text: string): Record<string, string> {
  const lock: unknown = JSON.parse(text)
  return typeof lock === 'object' && lock !== null ? { ...lock } : {}
}

const readLock = (tree: SourceTree) => (tree.paths.includes(lockPath) ? parseLock(tree.text(lockPath)) : {})

function migrationDigests(tree: SourceTree): Record<string, string> {
  const paths = tree.paths.filter(isNumberedMigration)
  return Object.fromEntries(paths.map((path) => [path, createHash('sha256').update(tree.text(path)).digest('hex')]))
}

function changed(tree: SourceTree): Violation[] {
  const lock = readLock(tree)
  const unlocked = Object.keys(migrationDigests(tree)).filter((path) => lock[path] === undefined)
  const says = 'is not locked yet; run bin/new-migration --lock before it lands.'
  return [...brokenPromises(tree, lock), ...unlocked.map((path) => ({ at: path, says }))]
}

function brokenPromises(tree: SourceTree, lock: Readonly<Record<string, string>>): Violation[] {
  const digests = migrationDigests(tree)
  const advice =
    'Stores have run it as it was: put it back, and say what is new in the next migration (bin/new-migration).'
  return Object.entries(lock).flatMap(([path, digest]) => {
    if (digests[path] === digest) return []
    return [{ at: path, says: `is locked and ${digests[path] === undefined ? 'is gone' : 'was changed'}. ${advice}` }]
  })
}

function misnumbered(tree: SourceTree): Violation[] {
  const byFolder = Map.groupBy(tree.paths.filter(isNumberedMigration), (path) => posix.dirname(path))
  return [...byFolder.values()].flatMap((paths) =>
    paths.flatMap((path, index) => {
      const expected = String(index + 1).padStart(4, '0')
      return posix.basename(path).startsWith(expected)
        ? []
        : [{ at: path, says: `should be number ${expected}: numbers count up by one and none is used twice.` }]
    }),
  )
}
