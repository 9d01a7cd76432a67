import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelReport } from '../../model/plane-snapshot.ts'
import { createModelRepository } from './model-repository.ts'

/** A repository over a new folder, whose data plane loads whatever it is told but what lies in `broken`. */
function repositoryIn(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-repository-'))
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  const broken = new Set<string>()
  const apply = (): Promise<void> => {
    const models = repository.endpoints(new Set()).flatMap(({ deployments }) => deployments)
    repository.note(models.map(({ versionId }) => reportOf(versionId, broken)))
    return Promise.resolve()
  }
  const repository = createModelRepository({ folder, configFile: undefined, pythonFor: undefined, apply })
  const served = () =>
    repository.endpoints(new Set()).map(({ name, deployments }) => [name, ...deployments.map(({ version }) => version)])
  return { repository, folder, write, broken, apply, served }
}

function reportOf(versionId: string, broken: ReadonlySet<string>): ModelReport {
  if ([...broken].some((name) => versionId.includes(name))) return { versionId, ok: false, reason: 'it is broken' }
  const signature = { inputs: [], outputs: [] }
  return { versionId, ok: true, signature, platform: 'onnx_onnxv1', runUs: 1, threaded: false, memoryBytes: 0 }
}

describe('a model repository', () => {
  it('serves what lies in it under its name, and other versions by number where the policy has them', async () => {
    const { repository, served } = repositoryIn({
      'plain.onnx': '',
      'two/1/model.onnx': '',
      'two/2/model.onnx': '',
      'all/1/model.onnx': '',
      'all/7/model.onnx': '',
      'all/config.pbtxt': 'name: "all" version_policy { all {} }',
      '.hidden/model.onnx': '',
    })
    expect(await repository.scan()).toBe(true)
    expect(served().toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ['all', 7, 1],
      ['plain', 1],
      ['two', 2],
    ])
    expect(await repository.scan()).toBe(false)
  })

  it('sees what was added, changed and removed', async () => {
    const { repository, folder, write, served } = repositoryIn({ 'a.onnx': 'one' })
    await repository.scan()
    write('b.onnx', '')
    expect(await repository.scan()).toBe(true)
    write('a.onnx', 'another')
    expect(await repository.scan()).toBe(true)
    rmSync(join(folder, 'b.onnx'))
    expect(await repository.scan()).toBe(true)
    expect(served()).toEqual([['a', 1]])
  })

  it('leaves a name to the endpoint that has it already', async () => {
    const { repository } = repositoryIn({ 'a.onnx': '' })
    await repository.scan()
    expect(repository.endpoints(new Set(['default/a']))).toEqual([])
  })

  it('lists, unloads and loads again', async () => {
    const { repository, apply, served } = repositoryIn({ 'a.onnx': '', 'notes/readme.txt': '' })
    await repository.scan()
    await apply()
    const index = await repository.manage({ verb: 'index' })
    expect(index).toMatchObject({
      ok: true,
      models: [
        { name: 'a', version: '1', state: 'READY' },
        { name: 'notes', state: 'UNAVAILABLE' },
      ],
    })
    await repository.manage({ verb: 'unload', name: 'a', options: {} })
    expect(served()).toEqual([['notes']])
    await repository.manage({ verb: 'load', name: 'a', options: {} })
    expect(served()).toEqual([['a', 1], ['notes']])
    await expect(repository.manage({ verb: 'load', name: 'absent', options: {} })).rejects.toThrow(
      "'absent' is not found",
    )
    await expect(repository.manage({ verb: 'load', name: 'notes', options: {} })).rejects.toThrow('cannot be served')
  })

  it('goes on serving the version before while its successor cannot be loaded', async () => {
    const { repository, write, broken, apply } = repositoryIn({ 'a.onnx': 'one' })
    await repository.scan()
    await apply()
    const [before] = repository.endpoints(new Set())
    write('a.onnx', 'another')
    await repository.scan()
    const [next] = repository.endpoints(new Set())
    broken.add(next?.deployments[0]?.versionId ?? '')
    await apply()
    expect(repository.endpoints(new Set())).toEqual([before])
  })

  it('registers what lies in it under another name, and nothing else of this machine', async () => {
    const { repository, served } = repositoryIn({ 'store/a.onnx': '' })
    await repository.manage({ verb: 'register', name: 'b', location: 'store/a.onnx', options: {} })
    expect(served().map(([name]) => name)).toContain('b')
    for (const location of ['/etc/passwd', '../outside.onnx', 'absent.onnx']) {
      const order = { verb: 'register' as const, name: 'c', location, options: {} }
      await expect(repository.manage(order)).rejects.toThrow("not in this server's model repository")
    }
  })
})
