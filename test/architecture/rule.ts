import type { SourceTree } from './source-tree.ts'

/** One thing that may not be, and where it is. `says` tells what is wrong and what to do about it. */
export interface Violation {
  readonly at: string
  readonly says: string
}

/** A rule over a whole workspace, as a sentence that reads after "it". Pure: the same tree gives the same violations. */
export interface Rule {
  readonly name: string
  readonly check: (tree: SourceTree) => readonly Violation[]
}

/** Points at a line of a file. */
export const at = (path: string, line?: number) => (line === undefined ? path : `${path}:${line}`)
