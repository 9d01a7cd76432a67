import { closeSync, fdatasync, ftruncateSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { planeProblem } from '../plane/plane-problems.ts'
import type { SpoolBatch, SpoolStream } from './spool-record.ts'
import { encodeBatch, encodeStream } from './spool-record.ts'

/** Ending of the file that is being written, and of those that are whole. */
export const openEnding = '.open'
export const closedEnding = '.spool'

export interface SpoolWriterOptions {
  /** This process's own folder. */
  readonly folder: string
  readonly nowMs: () => number
  /** A file is closed when it has this many bytes; default 16 MiB. */
  readonly segmentBytes?: number
  /** Told when a file is whole. */
  readonly onClosed: () => void
}

/** The prediction log of one process: one write per batch, before its answers. */
export interface SpoolWriter {
  /** Appends a batch of a stream; `key` tells streams apart. Throws `model-serving/plane/not-logged`; then nothing was appended. */
  append(key: string, stream: SpoolStream, batch: SpoolBatch): void
  /** Closes the current file, if it holds anything, so that it can be compacted. */
  rotate(): void
  close(): void
}

interface Segment {
  readonly fd: number
  readonly path: string
  sizeBytes: number
  readonly streams: Map<string, number>
  syncedBytes: number
}

/** Opens nothing before the first batch. Written bytes survive the death of the process at once, a power cut after a second. */
export function createSpoolWriter(options: SpoolWriterOptions): SpoolWriter {
  const { folder, nowMs, segmentBytes = 16 * 1024 * 1024, onClosed } = options
  mkdirSync(folder, { recursive: true })
  let segment: Segment | undefined
  let sequence = 0

  const rotate = () => {
    if (segment === undefined) return
    closeSegment(segment)
    segment = undefined
    onClosed()
  }
  const timer = setInterval(() => segment !== undefined && syncSegment(segment), 1000).unref()
  return {
    append: (key, stream, batch) => {
      sequence += segment === undefined ? 1 : 0
      segment ??= openSegment(folder, nowMs(), sequence)
      appendTo(segment, key, stream, batch)
      if (segment.sizeBytes >= segmentBytes) rotate()
    },
    rotate,
    close: () => {
      clearInterval(timer)
      rotate()
    },
  }
}

function openSegment(folder: string, nowMs: number, sequence: number): Segment {
  const path = join(folder, `${nowMs}-${String(sequence).padStart(6, '0')}`)
  try {
    return { fd: openSync(path + openEnding, 'wx'), path, sizeBytes: 0, streams: new Map(), syncedBytes: 0 }
  } catch (error) {
    throw planeProblem['not-logged']({ reason: reasonOf(error) }, error)
  }
}

function appendTo(segment: Segment, key: string, stream: SpoolStream, batch: SpoolBatch): void {
  const known = segment.streams.get(key)
  const number = known ?? segment.streams.size + 1
  const records = known === undefined ? [encodeStream(number, stream)] : []
  records.push(encodeBatch(number, batch))
  const [only] = records
  const bytes = records.length === 1 && only !== undefined ? only : Buffer.concat(records)
  try {
    writeWhole(segment, bytes)
  } catch (error) {
    // What was written of it is cut off, so that the next batch begins where a record may begin.
    ftruncateSync(segment.fd, segment.sizeBytes)
    throw planeProblem['not-logged']({ reason: reasonOf(error) }, error)
  }
  segment.sizeBytes += bytes.length
  segment.streams.set(key, number)
}

function writeWhole(segment: Segment, bytes: Uint8Array): void {
  let written = 0
  while (written < bytes.length) {
    written += writeSync(segment.fd, bytes, written, bytes.length - written, segment.sizeBytes + written)
  }
}

function syncSegment(segment: Segment): void {
  if (segment.syncedBytes === segment.sizeBytes) return
  segment.syncedBytes = segment.sizeBytes
  fdatasync(segment.fd, () => {}) // once a second; a failing disk shows in the next write
}

function closeSegment(segment: Segment): void {
  closeSync(segment.fd)
  if (segment.sizeBytes === 0) unlinkSync(segment.path + openEnding)
  else renameSync(segment.path + openEnding, segment.path + closedEnding)
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC') return 'the disk is full'
  return error instanceof Error ? error.message : String(error)
}
