import { unreferenced } from '../http/pauses.ts'
import type { SpooledRequest } from '../spool/spool.ts'
import { captureConsole } from './capture-console.ts'

const path = 'logs/console.txt'
const sendEveryMs = 15_000
const longest = 5_000_000

/** Keeps what is written to the console as an artifact of a run, `logs/console.txt`, renewed while it grows. */
export class ConsoleLog {
  readonly #request: (body: string) => SpooledRequest
  readonly #timer: ReturnType<typeof setInterval>
  readonly #release: () => void
  #text = ''
  #sent = 0

  /** `send` is only asked for what is new, and says whether it took it. */
  constructor(runId: string, send: (request: SpooledRequest) => boolean) {
    this.#request = (body) => ({ method: 'PUT', path: `/runs/${runId}/artifacts/${path}`, body, isText: true })
    this.#release = captureConsole((line) => this.#add(line))
    const renew = () => {
      if (this.#text.length > this.#sent && send(this.#request(this.#text))) this.#sent = this.#text.length
    }
    this.#timer = unreferenced(setInterval(renew, sendEveryMs))
  }

  /** Ends the capture; gives what is to be sent last. */
  end(): SpooledRequest | undefined {
    clearInterval(this.#timer)
    this.#release()
    return this.#text.length > this.#sent ? this.#request(this.#text) : undefined
  }

  #add(line: string): void {
    if (this.#text.length >= longest) return
    this.#text += line
    if (this.#text.length >= longest)
      this.#text += `The first ${longest / 1e6} million characters are kept; more was written.\n`
  }
}
