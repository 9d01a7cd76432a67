import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { lockDataDir } from './data-dir.ts'

it('refuses a second server and names the first', async () => {
  const path = await temporaryFolder()
  const lock = lockDataDir(path)
  lock.describe({ pid: 4711, url: 'http://127.0.0.1:7400' })
  expect(() => lockDataDir(path)).toThrow('in use by the server at http://127.0.0.1:7400 (process 4711)')
  lock.release()
  lockDataDir(path).release()
})

it('is free again when its holder was killed', async () => {
  const path = await temporaryFolder()
  const module = fileURLToPath(new URL('data-dir.ts', import.meta.url))
  const script = `const { lockDataDir } = await import(${JSON.stringify(module)}); lockDataDir(${JSON.stringify(path)}); console.log('locked'); setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  expect(() => lockDataDir(path)).toThrow('in use')
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockDataDir(path).release()
})

it('says why a data directory cannot be used', () => {
  expect(() => lockDataDir('/etc/hostname/millrace')).toThrow(/cannot be used/)
})
