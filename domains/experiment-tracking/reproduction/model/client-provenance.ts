import type { Run } from '../../model/run.ts'
import type { Package, RecordedProvenance } from './provenance.ts'
import { nothingRecorded } from './provenance.ts'

/** Files that MLflow's clients put beside a model, as text where they are there. */
export interface ModelFiles {
  readonly requirements: string | undefined
  readonly pythonEnv: string | undefined
  readonly conda: string | undefined
}

/**
 * What an MLflow client said of how a run came about: tags `mlflow.source.*`, and the requirements that came with its models.
 * Undefined where it said nothing. Arguments, the state of the tree and the whole list of packages are not among it.
 */
export function clientProvenance(run: Run, files: ModelFiles): RecordedProvenance | undefined {
  const commit = run.tags['mlflow.source.git.commit'] ?? run.code?.gitCommit
  const entryPoint = run.tags['mlflow.source.name'] ?? run.code?.entryPoint
  const python = pythonOf(files)
  if (commit === undefined && entryPoint === undefined && python === null) return undefined
  return { ...nothingRecorded, entryPoint: entryPoint ?? null, code: codeOf(run, commit), python }
}

function codeOf(run: Run, commit: string | undefined): RecordedProvenance['code'] {
  if (commit === undefined) return null
  return {
    repository: run.tags['mlflow.source.git.repoURL'] ?? run.code?.gitRepository ?? null,
    root: null,
    host: null,
    commit,
    branch: run.tags['mlflow.source.git.branch'] ?? run.code?.gitBranch ?? null,
    pushed: null,
    patch: null,
    untracked: [],
    untrackedOmitted: 0,
  }
}

function pythonOf({ requirements, pythonEnv = '', conda = '' }: ModelFiles): RecordedProvenance['python'] {
  if ([requirements ?? '', pythonEnv, conda].every((text) => text === '')) return null
  return {
    version: versionIn(pythonEnv, conda),
    implementation: null,
    executable: null,
    packages: parseRequirements(requirements ?? condaRequirements(conda)),
    complete: false,
  }
}

function versionIn(pythonEnv: string, conda: string): string | null {
  const found = /^python:\s*["']?([\d.]+)/m.exec(pythonEnv) ?? /^\s*-\s*python=+([\d.]+)/m.exec(conda)
  return found?.[1] ?? null
}

/** The list under `pip:` of a conda.yaml. */
function condaRequirements(text: string): string {
  const list = /^\s*-\s*pip:\s*\n((?:\s+-\s.*\n?)*)/m.exec(text)?.[1] ?? ''
  return list.replaceAll(/^\s+-\s*/gm, '')
}

/** The pinned packages of a requirements.txt: `name==version` and `name @ address`; other lines pin nothing and are left out. */
export function parseRequirements(text: string): Package[] {
  return text.split('\n').flatMap((line): Package[] => {
    const plain = line
      .replace(/(^|\s)#.*$/, '')
      .replace(/\s*;.*$/, '')
      .trim()
    const pinned = /^([\w.-]+)(?:\[[^\]]*\])?\s*===?\s*([^\s,;]+)$/.exec(plain)
    if (pinned !== null) return [{ name: pinned[1] ?? '', version: pinned[2] ?? '', source: null }]
    const placed = /^([\w.-]+)(?:\[[^\]]*\])?\s*@\s*(\S+)$/.exec(plain)
    return placed === null ? [] : [{ name: placed[1] ?? '', version: '', source: placed[2] ?? '' }]
  })
}
