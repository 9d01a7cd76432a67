import { spawn } from 'node:child_process'
import { root } from './root.ts'
import { tool } from './run-command.ts'

const parts = [
  {
    name: 'server',
    command: [process.execPath, '--watch', '--watch-preserve-output', 'apps/server/main.ts', ...process.argv.slice(2)],
  },
  { name: 'pages', command: [tool('vite'), 'apps/web'] },
]

const running = parts.map(({ name, command: [program = '', ...args] }) => {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit' })
  child.on('exit', (code) => {
    // Neither is of use alone; the first to end, by itself or by Ctrl-C, ends the other.
    if (code) console.error(`${name} ended with status ${code}`)
    for (const other of running) other.kill('SIGTERM')
    process.exitCode = code ?? 0
  })
  return child
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal)
  })
}
