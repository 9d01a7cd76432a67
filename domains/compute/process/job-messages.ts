/** What the server says to a job's process. */
export type ToJob =
  /** Import this soon: a process that waits for work may as well know its entry. */
  | { readonly type: 'prepare'; readonly entryUrl: string }
  | {
      readonly type: 'run'
      readonly entryUrl: string
      readonly input: unknown
      readonly workDir: string
      /** Where the result is laid down before it is told, so that a server that died finds it. */
      readonly resultPath: string
      readonly env: Readonly<Record<string, string>>
    }

/** What a job's process says to the server. */
export type FromJob =
  | { readonly type: 'running' }
  | { readonly type: 'progress'; readonly fraction: number; readonly text: string }
  | JobResult

/** The last word of a job's process. */
export type JobResult =
  | { readonly type: 'done'; readonly answer: unknown }
  | { readonly type: 'failed'; readonly reason: string }

/** What a registered entry exports as `default`. What it answers must be plain JSON. */
export type JobEntry = (input: unknown, context: JobContext) => Promise<unknown>

/** What an entry is given besides its input. It may write files into `workDir`, which is empty and ends with the job. */
export interface JobContext {
  readonly workDir: string
  /** Says how far the work is: 0 to 1, and a few words. */
  progress(fraction: number, text?: string): void
}
