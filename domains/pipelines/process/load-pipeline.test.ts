import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { loadPipeline } from './load-pipeline.ts'

const define = new URL('../authoring/define.ts', import.meta.url).href

/** A folder with a pipeline of one step that imports a file beside it. */
async function aProject(constant = 1) {
  const folder = await temporaryFolder()
  const module = join(folder, 'train.ts')
  await writeFile(join(folder, 'constant.ts'), `export const constant: number = ${constant}\n`)
  await writeFile(
    module,
    `import { pipeline, step, number } from '${define}'
     import { constant } from './constant.ts'
     const train = step({ name: 'train', inputs: { x: number() }, outputs: { loss: number() }, run: ({ inputs }) => ({ loss: inputs.x * constant }) })
     export default pipeline('train', { parameters: { x: number({ default: 3 }) } }, ({ x }) => ({ loss: train({ x }).loss }))`,
  )
  return { folder, module }
}

const git = (folder: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=ann', '-c', 'user.email=ann@example.org', '-c', 'init.defaultBranch=main', ...args],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )

describe('loading a pipeline', () => {
  it('gives its graph, its parameters and a digest of its files where there is no repository', async () => {
    const { folder, module } = await aProject()
    const loaded = await loadPipeline(module)
    expect(loaded).toMatchObject({
      name: 'train',
      module,
      parameters: { x: { type: 'number', default: 3 } },
      graph: { steps: [{ name: 'train' }], outputs: { loss: { from: 'step', step: 'train', output: 'loss' } } },
      code: { root: folder, entry: 'train.ts', gitCommit: null, dirty: false, patchDigest: null },
    })
    expect((await loadPipeline(module)).code.filesDigest).toBe(loaded.code.filesDigest)
    const other = await aProject()
    expect((await loadPipeline(other.module)).code.filesDigest).toBe(loaded.code.filesDigest)
    await writeFile(join(folder, 'constant.ts'), 'export const constant: number = 2\n')
    expect((await loadPipeline(module)).code.filesDigest).not.toBe(loaded.code.filesDigest)
  })

  it('knows the commit, and whether what runs differs from it', async () => {
    const { folder, module } = await aProject()
    git(folder, 'init', '--quiet')
    git(folder, 'add', 'train.ts')
    git(folder, 'commit', '--quiet', '-m', 'train')
    const head = git(folder, 'rev-parse', 'HEAD').trim()
    expect((await loadPipeline(module)).code).toMatchObject({ gitCommit: head, dirty: true, patchDigest: null })
    git(folder, 'add', 'constant.ts')
    git(folder, 'commit', '--quiet', '-m', 'constant')
    expect((await loadPipeline(module)).code).toMatchObject({ dirty: false, patchDigest: null })
    await writeFile(join(folder, 'constant.ts'), 'export const constant: number = 2\n')
    const { code } = await loadPipeline(module)
    expect(code.dirty).toBe(true)
    expect(code.patchDigest).toMatch(/^sha256:/)
  })

  it.each([
    ['a module that is not there', undefined, 'there is no such file'],
    ['a module that throws', 'throw new Error("no such feature table")', 'no such feature table'],
    ['a module without a pipeline', 'export default 3', 'it has no default export made by pipeline(…)'],
    ['a module that ends the process', 'process.exit(3)', 'its process ended without a word'],
  ])('refuses %s with a sentence', async (_what, code, sentence) => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'src'))
    const module = join(folder, 'src', 'pipeline.ts')
    if (code !== undefined) await writeFile(module, code)
    await expect(loadPipeline(module)).rejects.toMatchObject({ code: 'pipelines/module-failed' })
    await expect(loadPipeline(module)).rejects.toThrow(sentence)
  })
})
