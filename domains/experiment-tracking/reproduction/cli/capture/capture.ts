import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { RecordedProvenance } from '../../../contract.ts'
import type { CapturedCode } from './git.ts'
import { captureCode, placeBelow } from './git.ts'
import { captureHardware } from './hardware.ts'
import { captureLockFiles } from './lock-files.ts'
import { captureNode } from './node.ts'
import { capturePython } from './python.ts'

/** Variables that change what a training computes. */
const variables = [
  'PYTHONHASHSEED',
  'PYTHONPATH',
  'CUDA_VISIBLE_DEVICES',
  'CUBLAS_WORKSPACE_CONFIG',
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'TF_DETERMINISTIC_OPS',
  'TF_ENABLE_ONEDNN_OPTS',
  'NODE_OPTIONS',
]
const containers = ['MILLRACE_CONTAINER_DIGEST', 'CONTAINER_IMAGE_DIGEST', 'IMAGE_DIGEST']

export interface CaptureOptions {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly keepUntracked: boolean
  /** Names of further variables to record. */
  readonly variables: readonly string[]
}

export interface Captured {
  readonly recorded: RecordedProvenance
  readonly code: CapturedCode | undefined
}

/** Looks at everything that a command is about to run with. Nothing that is not there is an error. */
export async function capture({ command, cwd, env, ...options }: CaptureOptions): Promise<Captured> {
  const place = { cwd, env }
  const code = await captureCode(cwd, options.keepUntracked)
  const root = code?.root ?? cwd
  const lockFiles = await captureLockFiles(root, cwd)
  const [python, node, hardware, entryPoint] = await Promise.all([
    capturePython(command, place),
    captureNode(command, place, lockFiles),
    captureHardware(),
    entryPointOf(command, root, cwd),
  ])
  const wanted = [...variables, ...options.variables].map((name) => [name, env[name]] as const)
  const recorded: RecordedProvenance = {
    command: [...command],
    workingDirectory: placeBelow(root, cwd),
    entryPoint,
    code: code?.code ?? null,
    python,
    node,
    lockFiles,
    container: containers.map((name) => env[name]).find((digest) => digest !== undefined && digest !== '') ?? null,
    hardware,
    variables: Object.fromEntries(wanted.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    data: [],
  }
  return { recorded, code }
}

/** The first word of the command that is a file: the script, where an interpreter is started. */
async function entryPointOf(command: readonly string[], root: string, cwd: string): Promise<string | null> {
  for (const word of command.slice(1).filter((text) => !text.startsWith('-'))) {
    const path = resolve(cwd, word)
    const isFile = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    )
    if (isFile) return placeBelow(root, path)
  }
  return command[0] ?? null
}
