import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localArtifacts } from './local-artifacts.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-artifacts-'))
  await mkdir(join(folder, 'mlruns', '1', 'run 100%', 'deep'), { recursive: true })
  await writeFile(join(folder, 'mlruns', '1', 'run 100%', 'deep', 'a.txt'), 'hello')
  await symlink('/etc', join(folder, 'mlruns', '1', 'run 100%', 'link'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function pathsAt(uri: string, proxied?: string) {
  const found = await localArtifacts(folder, proxied).files(uri)
  return 'files' in found ? found.files.map(({ path, sizeBytes }) => [path, sizeBytes]) : found.unreachable
}

describe('artifacts in folders of this machine', () => {
  it('are found by path, by file address, and behind the proxy’s address; links are not followed', async () => {
    const files = [['deep/a.txt', 5]]
    expect(await pathsAt('./mlruns/1/run 100%')).toEqual(files)
    expect(await pathsAt(join(folder, 'mlruns/1/run 100%'))).toEqual(files)
    expect(await pathsAt(`file://${folder}/mlruns/1/run 100%`)).toEqual(files)
    expect(await pathsAt('mlflow-artifacts:/1/run 100%', join(folder, 'mlruns'))).toEqual(files)
  })
  it('are none where only the experiment has a folder yet', async () => {
    expect(await pathsAt('mlruns/1/other/artifacts')).toEqual([])
  })
  it('are told apart from those that cannot be reached', async () => {
    expect(await pathsAt('mlflow-artifacts:/1/x')).toMatch(/--artifacts/)
    expect(await pathsAt('s3://bucket/x')).toMatch(/cannot be read from here/)
    expect(await pathsAt('/no/such/place/anywhere')).toMatch(/there is no/)
    expect(await pathsAt('mlflow-artifacts:/../../etc', folder)).toMatch(/--artifacts/)
  })
})
