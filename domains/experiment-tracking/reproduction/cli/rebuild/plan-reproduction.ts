import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiClient } from '@millrace/terminal'
import type { Hardware, Provenance, Run } from '../../../contract.ts'
import { captureHardware } from '../capture/hardware.ts'
import { bringRunData } from './bring-run-data.ts'
import { fetchCode } from './fetch-code.ts'
import type { Finding } from './finding.ts'
import { impossible, note, ready } from './finding.ts'
import type { NodePlan } from './node-environment.ts'
import { planNode } from './node-environment.ts'
import { placeInside } from './place-inside.ts'
import type { PythonPlan } from './python-environment.ts'
import { planPython } from './python-environment.ts'

export interface ReproductionWish {
  readonly api: ApiClient
  readonly run: Run
  readonly provenance: Provenance
  /** An empty folder: the code goes to `code`, the environment to `environment`. */
  readonly folder: string
  readonly from: string | undefined
  /** The command to run instead of the recorded one; empty for the recorded one. */
  readonly command: readonly string[]
  readonly onlyLook: boolean
}

export interface Reproduction {
  readonly findings: readonly Finding[]
  readonly codeFolder: string
  readonly command: readonly string[]
  readonly python: PythonPlan
  readonly node: NodePlan
}

/** Fetches code and data and looks for the environment, so that all that is missing is known before anything is run. */
export async function planReproduction(wish: ReproductionWish): Promise<Reproduction> {
  const { api, run, provenance, folder, from, onlyLook } = wish
  const codeFolder = join(folder, 'code')
  await mkdir(codeFolder, { recursive: true })
  const code = await fetchCode({ api, runId: run.id, provenance, folder: codeFolder, from })
  const [python, node] = await Promise.all([planPython(provenance, codeFolder), planNode(provenance)])
  const data = await bringRunData(api, { run, provenance }, codeFolder, onlyLook ? 'look' : 'bring')
  const command = wish.command.length > 0 ? wish.command : (provenance.command ?? [])
  const findings = [
    ...code,
    ...python.findings,
    ...node.findings,
    ...machineNotes(provenance, await captureHardware()),
    ...data,
    commandFinding(command, provenance),
    ...(await workingDirectoryFindings(codeFolder, provenance.workingDirectory)),
  ]
  return { findings, codeFolder, command, python, node }
}

function commandFinding(command: readonly string[], { entryPoint }: Provenance): Finding {
  if (command.length > 0) return ready('command', command.join(' '))
  const entry = entryPoint === null ? '' : ` The entry point was ${entryPoint}; its arguments are not known.`
  return impossible(
    'command',
    `No command is recorded.${entry} Give one behind the run: millrace reproduce RUN -- python train.py`,
  )
}

async function workingDirectoryFindings(codeFolder: string, below: string | null): Promise<Finding[]> {
  const isInside = (await placeInside(codeFolder, below ?? '.')) !== undefined
  return isInside ? [] : [impossible('command', `The working directory ${below ?? ''} is outside of the repository.`)]
}

function machineNotes({ container, hardware }: Provenance, here: Hardware): Finding[] {
  const notes: string[] = []
  if (container !== null) notes.push(`It ran in the container image ${container}; here it runs outside of it.`)
  if (hardware === null) return notes.map((says) => note('environment', says))
  const [were, are] = [hardware.gpus.length, here.gpus.length]
  if (were !== are) notes.push(`It had ${were} graphics cards; here are ${are}.`)
  if (hardware.architecture !== here.architecture) {
    notes.push(`It ran on ${hardware.architecture}; this machine is ${here.architecture}.`)
  } else if (hardware.cpu !== here.cpu) {
    notes.push(`It ran on ${hardware.cpu}; this machine has ${here.cpu}.`)
  }
  return notes.map((says) => note('environment', says))
}
