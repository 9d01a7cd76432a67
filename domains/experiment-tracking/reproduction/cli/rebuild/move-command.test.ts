import { expect, it } from 'vitest'
import { moveCommand, movedEnvironment } from './move-command.ts'

const moved = { from: '/home/ann/a', to: '/tmp/again/code', programs: '/tmp/again/environment/bin' }

it('runs the rebuilt interpreter, and paths below the old repository lead to the new one', () => {
  const command = [
    '/home/ann/a/.venv/bin/python3.12',
    '/home/ann/a/train.py',
    '--out=/home/ann/a/out',
    '/home/ann/ab',
    'a',
  ]
  expect(moveCommand(command, moved)).toEqual([
    '/tmp/again/environment/bin/python',
    '/tmp/again/code/train.py',
    '--out=/tmp/again/code/out',
    '/home/ann/ab',
    'a',
  ])
})
it('leaves a command alone that has no environment to rebuild', () => {
  expect(moveCommand(['node', 'train.js'], { ...moved, programs: undefined })).toEqual(['node', 'train.js'])
})
it('takes recorded variables and no other Python environment', () => {
  const env = { PATH: '/usr/bin', PYTHONPATH: '/elsewhere', VIRTUAL_ENV: '/x', HOME: '/root' }
  const variables = { PYTHONPATH: '/home/ann/a/lib:/opt/lib', PYTHONHASHSEED: '0' }
  expect(movedEnvironment(env, variables, moved)).toEqual({
    PATH: '/tmp/again/environment/bin:/usr/bin',
    VIRTUAL_ENV: '/tmp/again/environment',
    HOME: '/root',
    PYTHONPATH: '/tmp/again/code/lib:/opt/lib',
    PYTHONHASHSEED: '0',
  })
})
