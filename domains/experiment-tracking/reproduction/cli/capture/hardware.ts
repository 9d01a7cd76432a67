import { arch, cpus, release, totalmem, type } from 'node:os'
import type { Hardware } from '../../../contract.ts'
import { outputOf } from './run-program.ts'

/** What the machine is. Graphics cards are NVIDIA's, as `nvidia-smi` names them. */
export async function captureHardware(): Promise<Hardware> {
  const cores = cpus()
  return {
    platform: `${type()} ${release()}`,
    architecture: arch(),
    cpu: cores[0]?.model.trim() ?? '',
    cores: cores.length,
    memoryBytes: totalmem(),
    gpus: await graphicsCards(),
  }
}

async function graphicsCards(): Promise<Hardware['gpus']> {
  const rows = await askNvidia(['name', 'memory.total', 'driver_version'])
  return rows.map(([name = '', mebibytes, driver = '']) => ({
    name,
    memoryBytes: Math.round(Number(mebibytes) * 1_048_576) || 0,
    driver,
  }))
}

/** One row per card with the fields that were asked for; none where there is no NVIDIA driver. */
export async function askNvidia(fields: readonly string[]): Promise<string[][]> {
  const args = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits']
  const answer = await outputOf('nvidia-smi', args, { timeoutMs: 5000 })
  const lines = (answer?.text ?? '').split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => line.split(',').map((field) => field.trim()))
}
