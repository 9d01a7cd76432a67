import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { captureHardware } from './hardware.ts'

it.skipIf(process.platform === 'win32')('names the graphics cards that nvidia-smi names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-hardware-'))
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })
  const program = join(folder, 'nvidia-smi')
  await writeFile(program, '#!/bin/sh\necho "NVIDIA H200, 143771, 570.86.15"\necho "NVIDIA H200, [N/A], 570.86.15"\n')
  await chmod(program, 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`)
  const { gpus, cores, memoryBytes } = await captureHardware()
  expect(gpus).toEqual([
    { name: 'NVIDIA H200', memoryBytes: 143_771 * 1_048_576, driver: '570.86.15' },
    { name: 'NVIDIA H200', memoryBytes: 0, driver: '570.86.15' },
  ])
  expect(cores).toBeGreaterThan(0)
  expect(memoryBytes).toBeGreaterThan(0)
})
it('knows none where there is no nvidia-smi', async () => {
  vi.stubEnv('PATH', '/nowhere')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect((await captureHardware()).gpus).toEqual([])
})
