import { posix } from 'node:path'
import type { Rule } from './rule.ts'

/** Files that only pass on exports hide where things live; the doors in `exports` are the exception. */
export const barrels: Rule = {
  name: 'has no barrels except doors',
  check: (tree) => {
    const doors = new Set(
      tree.packages.flatMap((found) => Object.values(found.exports).map((file) => posix.join(found.path, file))),
    )
    return tree.sources
      .filter((file) => file.onlyPassesOn && !doors.has(file.path))
      .map((file) => ({
        at: file.path,
        says: 'only passes on what other files export; import those files, or make it a door in package.json.',
      }))
  },
}
