import type { Json } from '../model/values.ts'

type Query = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * The server's API as a step sees it. Paths lie below the workspace (`/datasets/flights/versions`). A refusal throws
 * an error whose message is the server's sentence, with its `status` and `code`.
 */
export interface StepClient {
  get<T = Json>(path: string, query?: Query): Promise<T>
  post<T = Json>(path: string, body?: unknown, options?: { idempotencyKey?: string }): Promise<T>
  put<T = Json>(path: string, body?: unknown): Promise<T>
  patch<T = Json>(path: string, body?: unknown): Promise<T>
  delete<T = Json>(path: string): Promise<T>
  /** Sends a file (by its path) or bytes as the raw body; `PUT` unless the address wants `POST`. */
  upload<T = Json>(
    path: string,
    body: string | Uint8Array,
    options?: { method?: 'PUT' | 'POST'; query?: Query },
  ): Promise<T>
  /** Writes the answer's body to a file and gives that file's path. */
  download(path: string, toFile: string, query?: Query): Promise<string>
}
