import { posix } from 'node:path'
import { layerOf } from './places.ts'
import type { Rule } from './rule.ts'

const sayNothing = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'shared',
  'misc',
  'types',
  'constants',
  'lib',
])
const kebabCase = /^[a-z0-9]+([.-][a-z0-9]+)*$/

/** A file is one thing, named after it, in kebab case. */
export const names: Rule = {
  name: 'names files and folders after the one thing they are',
  check: (tree) =>
    tree.sources.flatMap(({ path }) => {
      if (layerOf(path) === undefined) return []
      const words = path.replace(/\.(test\.)?tsx?$/, '').split('/')
      const empty = words.find((word) => sayNothing.has(word))
      if (empty !== undefined)
        return [{ at: path, says: `is called "${empty}", which says nothing; name it after what it holds.` }]
      return words.every((word) => kebabCase.test(word))
        ? []
        : [{ at: path, says: `is not in kebab case (${posix.basename(path)}).` }]
    }),
}
