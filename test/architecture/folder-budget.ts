import { posix } from 'node:path'
import { layerOf } from './places.ts'
import type { Rule } from './rule.ts'
import { isTest } from './source-tree.ts'

const filesPerFolder = 20

/** A folder that a person can take in at a glance. Migrations only ever grow, so they do not count; nor do tests. */
export const folderBudget: Rule = {
  name: `holds at most ${filesPerFolder} files per folder`,
  check: (tree) => {
    const counted = tree.paths.filter(
      (path) => layerOf(path) !== undefined && !isTest(path) && !path.includes('/migrations/'),
    )
    return [...Map.groupBy(counted, (path) => posix.dirname(path))]
      .filter(([, files]) => files.length > filesPerFolder)
      .map(([folder, files]) => ({
        at: folder,
        says: `holds ${files.length} files; at most ${filesPerFolder}. Split it by concept.`,
      }))
  },
}
