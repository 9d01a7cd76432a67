import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { BatchManifest, BatchPlan, FinishedPart } from '../model/batch-plan.ts'
import { batchProblem } from '../model/batch-problems.ts'
import { formatOf } from './find-inputs.ts'
import { writeWhole } from './write-whole.ts'

/** Where an output and the unfinished work on it lie. */
export interface BatchPlace {
  /** A folder of parts, or one file. */
  readonly single: boolean
  readonly output: string
  /** Unfinished work: plan, journal, parts, staged input. Gone when the output is whole. */
  readonly work: string
  readonly manifest: string
}

/** A name with a format's ending is one file, any other a folder. */
export function placeOf(output: string): BatchPlace {
  const path = resolve(output)
  const single = formatOf(path) !== undefined
  return single
    ? { single, output: path, work: `${path}.unfinished`, manifest: `${path}.manifest.json` }
    : { single, output: path, work: join(path, '_unfinished'), manifest: join(path, '_manifest.json') }
}

/** The manifest of a finished output; undefined where there is none. */
export function readManifest({ manifest }: BatchPlace): BatchManifest | undefined {
  return readJson<BatchManifest>(manifest)
}

/** Makes the place ready: empty, or with the same work begun. Throws `batch-prediction/output-in-use`, `other-work`, `already-running`. */
export function enterPlace(place: BatchPlace, options: { readonly overwrite: boolean; readonly key: string }): void {
  if (options.overwrite) {
    checkLock(place)
    rmSync(place.work, { recursive: true, force: true })
    rmSync(place.manifest, { force: true })
    removeOutput(place)
  }
  const begun = existsSync(join(place.work, 'key'))
  if (!begun && inUse(place)) throw batchProblem['output-in-use']({ path: place.output })
  checkLock(place)
  mkdirSync(join(place.work, 'parts'), { recursive: true })
  writeWhole(join(place.work, 'lock'), String(process.pid))
  if (!begun) writeWhole(join(place.work, 'key'), options.key)
  else if (readFileSync(join(place.work, 'key'), 'utf8') !== options.key) {
    leavePlace(place)
    throw batchProblem['other-work']({ path: place.output })
  }
}

/** Lets another process go on with what is left unfinished. */
export function leavePlace({ work }: BatchPlace): void {
  rmSync(join(work, 'lock'), { force: true })
}

/** The plan of work that was begun; undefined before it was made. */
export function readPlan({ work }: BatchPlace): BatchPlan | undefined {
  return readJson<BatchPlan>(join(work, 'plan.json'))
}

/** Keeps the plan: a killed run goes on with the very same parts. */
export function writePlan({ work }: BatchPlace, plan: BatchPlan): void {
  writeWhole(join(work, 'plan.json'), JSON.stringify(plan))
}

/** Where a part's file lies: in the work, or already moved to the output. */
export function partPath({ single, output, work }: BatchPlace, file: string): string {
  const moved = join(output, file)
  return !single && existsSync(moved) ? moved : join(work, 'parts', file)
}

/** Parts that are whole on disk, by number. A line that a kill cut off counts as not written. */
export function readJournal(place: BatchPlace): Map<number, FinishedPart> {
  const path = join(place.work, 'journal.jsonl')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  const parts = lines.flatMap((line) => {
    const part = parse<FinishedPart>(line)
    if (part === undefined) return []
    const found = statSync(partPath(place, part.file), { throwIfNoEntry: false })
    return found?.size === part.sizeBytes ? [part] : []
  })
  return new Map(parts.map((part) => [part.number, part]))
}

/** Notes a part, on the disk before it returns. */
export function appendJournal({ work }: BatchPlace, part: FinishedPart): void {
  const path = join(work, 'journal.jsonl')
  const torn = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'))
  appendFileSync(path, `${torn ? '\n' : ''}${JSON.stringify(part)}\n`)
  const fd = openSync(path, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

function checkLock({ work, output }: BatchPlace): void {
  const path = join(work, 'lock')
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
  if (pid > 0 && pid !== process.pid && isAlive(pid)) throw batchProblem['already-running']({ path: output, pid })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function inUse({ single, output, manifest }: BatchPlace): boolean {
  if (existsSync(manifest)) return true
  if (single) return existsSync(output)
  return (
    existsSync(output) &&
    (!statSync(output).isDirectory() || readdirSync(output).some((name) => name !== '_unfinished'))
  )
}

/** Removes what a finished batch left, and nothing that it did not write. */
function removeOutput({ single, output }: BatchPlace): void {
  if (single) rmSync(output, { force: true })
  else if (existsSync(output)) {
    for (const name of readdirSync(output))
      if (/^part-\d{5,}\.(parquet|csv|jsonl)$/.test(name)) rmSync(join(output, name))
  } else mkdirSync(dirname(join(output, basename(output))), { recursive: true })
}

function readJson<T>(path: string): T | undefined {
  return existsSync(path) ? parse<T>(readFileSync(path, 'utf8')) : undefined
}

/** T is what this file's writers wrote. */
function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
