import { existsSync } from 'node:fs'
import { parseArgs, styleText } from 'node:util'
import { root } from './root.ts'
import { type Ran, runCommand, tool } from './run-command.ts'

interface Part {
  readonly name: string
  readonly run: () => Promise<Ran>
}

// Folders are named so that no tool ever walks the packages that pnpm links into the workspace.
const folders = [
  'base',
  'domains',
  'dialects',
  'adapters',
  'apps',
  'examples',
  'bench',
  'bin',
  'test',
  'vitest.config.ts',
].filter((folder) => existsSync(root + folder))

const parts: readonly Part[] = [
  { name: 'types', run: () => runCommand(tool('tsc'), ['-p', 'tsconfig.json', '--noEmit']) },
  { name: 'web-types', run: () => runCommand(tool('tsc'), ['-p', 'tsconfig.web.json', '--noEmit']) },
  { name: 'lint', run: () => runCommand(tool('oxlint'), folders) },
  { name: 'format', run: () => runCommand(tool('oxfmt'), ['--check', ...folders]) },
  { name: 'unused', run: () => runCommand(tool('knip'), ['--no-progress']) },
  {
    name: 'architecture',
    run: () => runCommand(tool('vitest'), ['run', '--project', 'architecture', '--reporter=dot']),
  },
]

async function main() {
  const { values, positionals } = parseArgs({ options: { fix: { type: 'boolean' } }, allowPositionals: true })
  const chosen = choose(positionals)
  if (values.fix) {
    await runCommand(tool('oxlint'), ['--fix', ...folders])
    await runCommand(tool('oxfmt'), folders)
  }
  const failed: { part: Part; ran: Ran }[] = []
  await Promise.all(
    chosen.map(async (part) => {
      const ran = await part.run()
      report(part, ran)
      if (ran.exitCode !== 0) failed.push({ part, ran })
    }),
  )
  for (const { part, ran } of failed) console.log(`\n${styleText('bold', part.name)}\n${ran.said.trim()}`)
  console.log(
    failed.length === 0 ? '\nall checks passed' : `\nfailed: ${failed.map(({ part }) => part.name).join(', ')}`,
  )
  process.exitCode = failed.length === 0 ? 0 : 1
}

function choose(names: readonly string[]): readonly Part[] {
  const unknown = names.filter((name) => !parts.some((part) => part.name === name))
  if (unknown.length > 0) {
    console.error(
      `bin/check knows no part '${unknown.join("', '")}'; it has ${parts.map((part) => part.name).join(', ')}.`,
    )
    process.exit(2)
  }
  return names.length === 0 ? parts : parts.filter((part) => names.includes(part.name))
}

function report(part: Part, ran: Ran) {
  const mark = ran.exitCode === 0 ? styleText('green', 'ok    ') : styleText('red', 'failed')
  console.log(`${mark} ${part.name.padEnd(13)} ${(ran.tookMs / 1000).toFixed(1).padStart(5)} s`)
}

await main()
