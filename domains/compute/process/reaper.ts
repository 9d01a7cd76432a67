import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'

/** Reads "add GROUP" and "drop GROUP" until its input ends, which is when the server has; then kills what is left. */
const script = `
groups=' '
while read -r what group; do
  case "$what" in
    add) groups="$groups$group " ;;
    drop) rest=' '; for one in $groups; do [ "$one" = "$group" ] || rest="$rest$one "; done; groups=$rest ;;
  esac
done
for one in $groups; do kill -s KILL -- "-$one" 2>/dev/null; done
`

/**
 * Ends the process groups of jobs when the server is gone, however it went and whatever the jobs are doing: a shell of
 * one megabyte whose standard input only the server holds open. It is started with the first group.
 */
export class Reaper {
  readonly #groups = new Set<number>()
  #shell: ChildProcess | undefined
  #closed = false

  add(group: number): void {
    this.#groups.add(group)
    if (this.#shell === undefined) this.#start()
    else this.#tell(`add ${group}\n`)
  }

  drop(group: number): void {
    this.#groups.delete(group)
    this.#tell(`drop ${group}\n`)
  }

  close(): void {
    this.#closed = true
    this.#shell?.stdin?.end()
  }

  #start(): void {
    // A group of its own: what a terminal sends to the server's is not for it.
    const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: {} })
    this.#shell = shell
    shell.unref()
    shell.stdin.on('error', () => {})
    shell.once('error', () => {})
    shell.once('exit', () => {
      // Somebody else ended it: the jobs must not be without one.
      if (!this.#closed && this.#shell === shell) this.#start()
    })
    for (const group of this.#groups) this.#tell(`add ${group}\n`)
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(line)
  }
}
