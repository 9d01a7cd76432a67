import { basename, dirname, join } from 'node:path'
import { Problem } from '@millrace/contract'
import type { Provenance } from '../../../contract.ts'
import { managers } from '../capture/node.ts'
import { outputOf, runProgram } from '../capture/run-program.ts'
import type { Finding } from './finding.ts'
import { missing, note, ready } from './finding.ts'

const installTimeoutMs = 3_600_000

export interface NodePlan {
  readonly findings: readonly Finding[]
  /** The folder of a lock file, below the repository, and who reads it. */
  readonly installs: readonly { readonly folder: string; readonly manager: string }[]
}

/** Looks for what Node's packages need; installs nothing. */
export async function planNode({ node, lockFiles }: Provenance): Promise<NodePlan> {
  if (node === null) return { findings: [], installs: [] }
  const installs = lockFiles.flatMap(({ path }) => {
    const manager = Object.entries(managers).find(([file]) => file === basename(path))?.[1]
    return manager === undefined ? [] : [{ folder: dirname(path), manager }]
  })
  const findings: Finding[] = []
  const here = (await outputOf('node', ['--version']))?.text.trim()
  if (here === undefined) findings.push(missing('environment', 'Node is not on this machine.'))
  else if (node.version === here) findings.push(ready('environment', `Node ${here}.`))
  else if (node.version !== null) findings.push(note('environment', `Node ${here} instead of ${node.version}.`))
  if (installs.length === 0 && node.packages.length > 0) {
    findings.push(
      missing('environment', 'There was no lock file, so the packages that Node’s ones ask for are not known.'),
    )
  }
  for (const { manager } of installs) {
    const isThere = (await outputOf(manager, ['--version'])) !== undefined
    if (!isThere)
      findings.push(missing('environment', `${manager}, which reads the lock file, is not on this machine.`))
  }
  return { findings, installs }
}

const frozen: Readonly<Record<string, readonly string[]>> = {
  npm: ['ci', '--no-audit', '--no-fund'],
  pnpm: ['install', '--frozen-lockfile'],
  yarn: ['install', '--immutable'],
  bun: ['install', '--frozen-lockfile'],
}

/** Installs what the lock files say. Throws `client/environment` with what the installer said. */
export async function buildNode({ installs }: NodePlan, codeFolder: string): Promise<void> {
  for (const { folder, manager } of installs) {
    const cwd = join(codeFolder, folder)
    const done = await runProgram(manager, frozen[manager] ?? ['install'], { cwd, timeoutMs: installTimeoutMs })
    if (done?.code === 0) continue
    const said = done?.errors.slice(-1500) ?? 'it took too long'
    throw new Problem('client/environment', 400, `${manager} cannot install what the lock file says: ${said}`)
  }
}
