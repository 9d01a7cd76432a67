import type { Content } from '../http/api.ts'
import type { Spools } from '../spool/spool.ts'

/** Something to upload: one file. */
export interface Upload extends Content {
  /** The path below the artifact's name; empty for a single file. */
  readonly path: string
  readonly sizeBytes: number
  /** `sha256:` and 64 hexadecimal digits. */
  digest(): Promise<string>
  /** Reads a part of it, with the part's digest; a file that became shorter gives fewer bytes. */
  part(start: number, sizeBytes: number): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly digest: string }>
}

/** What can be uploaded; a text or a `file:` URL is the path of a file or folder of this machine. */
export type Source = string | URL | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/** How a process that ends without an end of its runs speaks to them. */
export interface EndListener {
  /** Nothing is left to do, nobody ended the run, and there is time to do so. */
  readonly drained: () => void
  /** A page is put away, and perhaps comes back. */
  readonly hidden: () => void
  /** The process ends in this moment. */
  readonly ending: (status: 'failed' | 'killed') => void
}

/** What the SDK needs of where it runs. */
export interface Platform {
  /** A setting of the environment. */
  setting(name: string): string | undefined
  /** Where the server is when nobody says. */
  readonly defaultUrl: string
  /** The best place for requests that wait; throws where there is none. */
  spools(target: string): Promise<Spools>
  /** What is known of the code that runs here. */
  code(): Promise<object | undefined>
  /** Opens what is to be uploaded, all files of a folder; `done` frees what was made for that. */
  uploads(source: Source): Promise<{ readonly files: readonly Upload[]; readonly done: () => Promise<void> }>
  /** The name that a source has of its own. */
  nameOf(source: Source): string | undefined
  /** Gives what the machine does since the last call, by MLflow's names; undefined where it cannot be known. */
  machine(): (() => Promise<Readonly<Record<string, number>>>) | undefined
  /** Listens to the end of the process or page; the answer ends that. */
  onEnd(listener: EndListener): () => void
}
