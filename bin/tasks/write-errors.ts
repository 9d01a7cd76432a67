import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'
import { sayStep } from './say-step.ts'

// Writes docs/errors.md from the catalogues that the code declares. Usage: node bin/tasks/write-errors.ts

/** The part of @millrace/contract that is read here; the root package declares no workspace package. */
interface ContractDoor {
  readonly declaredProblems: () => ReadonlyMap<string, { readonly status: number; readonly sentence: string }>
}

/** Where the catalogue lies, below the root. */
export const errorsPath = 'docs/errors.md'

const head = `# Errors

Every problem that Millrace answers with, written by \`node bin/tasks/write-errors.ts\` from the catalogues in the code.
An answer is \`application/problem+json\` with \`code\`, \`status\`, the sentence as \`detail\`, and \`requestId\`. Braces stand for
what the sentence names. The command line prints the sentence and ends with an exit code of its own.
`

/** The catalogue as Markdown: a table for each domain, in the order of their names. */
export async function errorCatalogue(): Promise<string> {
  for (const path of declaringFiles()) await import(join(root, path))
  const { declaredProblems } = (await import(join(root, 'base/contract/contract.ts'))) as ContractDoor // that module's own form
  const byDomain = Map.groupBy(declaredProblems(), ([code]) => code.slice(0, code.indexOf('/')))
  const tables = [...byDomain]
    .toSorted(([one], [other]) => compare(one, other))
    .map(([domain, problems]) => {
      const rows = problems
        .toSorted(([one], [other]) => compare(one, other))
        .map(([code, { status, sentence }]) => `| \`${code}\` | ${status} | ${cell(sentence)} |`)
      return [`## ${domain}`, '', '| code | status | says |', '|---|---|---|', ...rows, ''].join('\n')
    })
  return [head, ...tables].join('\n')
}

/** Modules that declare problems; contracts do, and so do some ports and dialects. */
function declaringFiles(): string[] {
  return globSync('{base,domains,dialects,adapters,apps}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules', '**/dist', '**/testing', '**/web', '**/*.test.ts', 'base/contract/problem/problem.ts'],
  })
    .filter((path) => /\bproblems\(\s*'/.test(readFileSync(join(root, path), 'utf8')))
    .toSorted(compare)
}

const cell = (sentence: string) => sentence.replaceAll('|', '\\|').replaceAll('\n', ' ')

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

if (import.meta.main) {
  const text = await errorCatalogue()
  writeFileSync(join(root, errorsPath), text)
  sayStep('errors', `${text.match(/^\| `/gm)?.length ?? 0} problems in ${errorsPath}`)
}
