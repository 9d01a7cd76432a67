import { formatDuration, formatTable } from '@millrace/terminal'

/** One line of the summary. */
export interface Outcome {
  readonly act: string
  readonly decided: string
  readonly evidence: string
  readonly ids: string
}

/** Tells the demo as it happens, and keeps what was decided for the table at the end. */
export interface Story {
  act(title: string): void
  say(sentence: string): void
  decided(outcome: Omit<Outcome, 'act'>): void
  summary(): string
  elapsedMs(): number
}

/** Starts the story. */
export function createStory(write: (text: string) => void): Story {
  const startedMs = performance.now()
  const outcomes: Outcome[] = []
  let number = 0
  let title = ''
  const elapsedMs = () => performance.now() - startedMs
  return {
    elapsedMs,
    act: (next) => {
      number += 1
      title = next
      write(`\n${String(number).padStart(2)}. ${next}  [${formatDuration(elapsedMs())}]\n`)
    },
    say: (sentence) => write(`    ${sentence}\n`),
    decided: (outcome) => {
      outcomes.push({ act: title, ...outcome })
      write(`  → ${outcome.decided}: ${outcome.evidence}\n`)
    },
    summary: () =>
      formatTable(outcomes, [
        { title: 'Act', value: (row) => row.act, wrapAt: 28 },
        { title: 'Decided', value: (row) => row.decided, wrapAt: 22 },
        { title: 'Evidence', value: (row) => row.evidence, wrapAt: 64 },
        { title: 'Ids', value: (row) => row.ids, wrapAt: 30 },
      ]),
  }
}
