import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Problem } from '@millrace/contract'
import type { Package, Provenance } from '../../../contract.ts'
import { requirementsText } from '../capture/python.ts'
import { outputOf, runProgram } from '../capture/run-program.ts'
import type { Finding } from './finding.ts'
import { missing, note, ready } from './finding.ts'

const installTimeoutMs = 3_600_000

/** How to make an environment like the recorded one. */
export interface PythonPlan {
  readonly findings: readonly Finding[]
  /** What makes it: uv, which brings the interpreter, or an interpreter of this machine. */
  readonly maker: { readonly kind: 'uv' | 'venv'; readonly program: string; readonly version: string } | undefined
  readonly packages: readonly Package[]
}

/** Looks for what an environment needs; makes nothing. `code` is where the repository lies now. */
export async function planPython({ python, code }: Provenance, codeFolder: string): Promise<PythonPlan> {
  if (python === null) return { findings: [], maker: undefined, packages: [] }
  const { maker, findings: found } = await findMaker(python.version, python.executable)
  const moved = python.packages.map((one) => moveSource(one, code?.root ?? undefined, codeFolder))
  const lost = moved.filter(({ isLost }) => isLost).map(({ one }) => `${one.name} (${one.source ?? ''})`)
  const packages = moved.filter(({ isLost }) => !isLost).map(({ one }) => one)
  const foreign = packages.filter(({ version, source }) => source === null && version.includes('+'))
  const findings = [
    ...found,
    python.complete
      ? ready('environment', `${packages.length} packages, all pinned.`)
      : missing(
          'environment',
          `No complete list of packages: ${packages.length} are known, which the model asked for.`,
        ),
    ...(lost.length === 0
      ? []
      : [missing('environment', `Packages that were installed from a place that is not here: ${lost.join(', ')}.`)]),
    ...(foreign.length === 0
      ? []
      : [
          note(
            'environment',
            `${foreign.map(({ name, version }) => `${name} ${version}`).join(', ')} came from another index than PyPI; PIP_EXTRA_INDEX_URL or UV_EXTRA_INDEX_URL names it.`,
          ),
        ]),
  ]
  return { findings, maker, packages }
}

async function findMaker(wanted: string | null, executable: string | null) {
  if (wanted === null) {
    return { maker: undefined, findings: [missing('environment', 'The version of Python is not recorded.')] }
  }
  if ((await outputOf('uv', ['--version'])) !== undefined) {
    const maker = { kind: 'uv' as const, program: 'uv', version: wanted }
    return { maker, findings: [ready('environment', `Python ${wanted}, through uv.`)] }
  }
  const minor = wanted.split('.').slice(0, 2).join('.')
  const names = [...new Set([...(executable === null ? [] : [executable]), `python${minor}`, 'python3', 'python'])]
  const answers = await Promise.all(names.map(async (program) => ({ program, version: await versionOf(program) })))
  const same = answers.find(({ version }) => version === wanted)
  const near = answers.find(({ version }) => version?.startsWith(`${minor}.`))
  const found = same ?? near
  if (found === undefined) {
    const says = `Python ${wanted} is not on this machine, and neither is uv, which would bring it.`
    return { maker: undefined, findings: [missing('environment', says)] }
  }
  const version = found.version ?? wanted
  const maker = { kind: 'venv' as const, program: found.program, version }
  const finding =
    same === undefined
      ? note('environment', `Python ${version} instead of ${wanted}.`)
      : ready('environment', `Python ${wanted}.`)
  return { maker, findings: [finding] }
}

async function versionOf(program: string): Promise<string | undefined> {
  const script = 'import platform; print(platform.python_version())'
  return (await outputOf(program, ['-c', script], { timeoutMs: 20_000 }))?.text.trim()
}

/** What was installed from the repository itself is installed from where it lies now; other folders are not kept. */
function moveSource(one: Package, root: string | undefined, codeFolder: string): { one: Package; isLost: boolean } {
  const editable = one.source?.startsWith('editable ') === true ? 'editable ' : ''
  const address = one.source?.slice(editable.length)
  if (address?.startsWith('file:') !== true) return { one, isLost: false }
  const path = fileURLToPath(address)
  if (root !== undefined && (path === root || path.startsWith(`${root}/`))) {
    const moved = pathToFileURL(join(codeFolder, path.slice(root.length))).href
    return { one: { ...one, source: editable + moved }, isLost: false }
  }
  return { one, isLost: !existsSync(path) }
}

/** Makes the environment; resolves to the folder of its programs. Throws `client/environment` with what the installer said. */
export async function buildPython({ maker, packages }: PythonPlan, folder: string): Promise<string | undefined> {
  if (maker === undefined) return undefined
  const text = requirementsText(packages)
  const isUv = maker.kind === 'uv'
  const make = isUv
    ? ['venv', '--quiet', '--python', maker.version, folder]
    : ['-m', 'venv', ...(text === '' ? ['--without-pip'] : []), folder]
  await succeed(maker.program, make, `Python ${maker.version} cannot make an environment`)
  const programs = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin')
  if (text === '') return programs
  const list = join(folder, 'requirements.txt')
  await writeFile(list, text)
  const python = join(programs, 'python')
  // The list is whole, so that nothing has to be resolved.
  const install = ['pip', 'install', '--quiet', '--no-deps', '-r', list]
  if (isUv) await succeed('uv', [...install, '--python', python], 'The packages cannot be installed')
  else await succeed(python, ['-m', ...install, '--disable-pip-version-check'], 'The packages cannot be installed')
  return programs
}

async function succeed(program: string, args: readonly string[], sentence: string): Promise<void> {
  const done = await runProgram(program, args, { timeoutMs: installTimeoutMs })
  if (done?.code === 0) return
  throw new Problem('client/environment', 400, `${sentence}: ${done?.errors.slice(-1500) ?? 'it took too long'}`)
}
