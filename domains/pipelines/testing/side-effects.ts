import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { file, integer, pipeline, step, text } from '@millrace/pipelines/define'

/** Writes one line per beginning and end of a step's work into a file of the test. */
const note = (path: string, what: 'begin' | 'end', step: string) => appendFileSync(path, `${what} ${step}\n`)

const work = step({
  name: 'work',
  inputs: { notes: text(), n: integer(), ms: integer() },
  outputs: { n: integer() },
  run: async ({ inputs, run }) => {
    note(inputs.notes, 'begin', run.step)
    console.log(`working on ${inputs.n}`)
    await sleep(inputs.ms)
    note(inputs.notes, 'end', run.step)
    return { n: inputs.n + 1 }
  },
})

const write = step({
  name: 'write',
  inputs: { notes: text(), n: integer() },
  outputs: { numbers: file() },
  run: ({ inputs, run }) => {
    note(inputs.notes, 'begin', run.step)
    writeFileSync('numbers.txt', String(inputs.n))
    note(inputs.notes, 'end', run.step)
    return { numbers: 'numbers.txt' }
  },
})

const read = step({
  name: 'read',
  inputs: { notes: text(), numbers: file() },
  outputs: { n: integer() },
  run: ({ inputs, run }) => {
    note(inputs.notes, 'begin', run.step)
    const n = Number(readFileSync(inputs.numbers, 'utf8'))
    note(inputs.notes, 'end', run.step)
    return { n }
  },
})

/** A chain, a fan of four, a file handed on, and a chain again: 12 steps for tests that kill the server under it. */
export default pipeline(
  'side-effects',
  { parameters: { notes: text(), ms: integer({ default: 40 }) } },
  ({ notes, ms }) => {
    let n = work({ notes, ms, n: 0 }, { name: 'first' }).n
    n = work({ notes, ms, n }, { name: 'second' }).n
    const fan = ['a', 'b', 'c', 'd'].map((name) => work({ notes, ms, n }, { name: `fan-${name}` }))
    const { numbers } = write({ notes, n: fan[0]?.n ?? n }, { after: fan })
    let again = read({ notes, numbers }).n
    for (const name of ['third', 'fourth', 'fifth', 'last']) again = work({ notes, ms, n: again }, { name }).n
    return { n: again, numbers }
  },
)
