import { Problem } from '@millrace/contract'
import { expect, it } from 'vitest'
import { command } from './command.ts'
import { runCommandLine } from './run-command-line.ts'

const seen: unknown[] = []
const commands = [
  command({
    path: ['data', 'add'],
    summary: 'Adds data',
    usage: 'NAME',
    minimumArgs: 1,
    options: [
      { name: 'to', describe: 'Where' },
      { name: 'tag', describe: 'Tags', kind: 'list' },
    ],
    examples: ['millrace data add flights'],
    run: async (context) => {
      seen.push([context.args, context.text('to'), context.list('tag')])
      if (context.args[0] === 'bad') throw new Problem('datasets/exists', 409, 'There is one already.')
      context.print({ ok: true }, 'Added.')
      return 0
    },
  }),
]

async function run(...argv: string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommandLine({
    commands,
    argv,
    env: {},
    version: '1.2.3',
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

it('runs a command with its options', async () => {
  expect(await run('data', 'add', 'flights', '--to', 'x', '--tag', 'a', '--tag', 'b')).toEqual({
    code: 0,
    out: 'Added.',
    err: '',
  })
  expect(seen.at(-1)).toEqual([['flights'], 'x', ['a', 'b']])
})
it('prints JSON for programs', async () => {
  expect((await run('data', 'add', 'flights', '--json')).out).toBe('{"ok":true}')
})
it('says what is wrong with the command line, with exit status 2', async () => {
  expect((await run('data', 'add')).code).toBe(2)
  expect((await run('data', 'add', 'x', '--nope')).err).toContain('--nope')
  expect(await run('nothing')).toMatchObject({
    code: 2,
    err: 'There is no command "nothing". "millrace --help" lists them.',
  })
})
it('turns a problem into its sentence, with exit status 3', async () => {
  expect(await run('data', 'add', 'bad')).toEqual({ code: 3, out: '', err: 'There is one already.' })
})
it('shows help with examples', async () => {
  expect((await run('data', 'add', '--help')).out).toContain('millrace data add flights')
  expect((await run('--help')).out).toContain('Exit codes')
})
