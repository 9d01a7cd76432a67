import { describe, expect, it } from 'vitest'
import type { ModelSource } from '../../model/model-source.ts'
import { createVersionSources } from './version-sources.ts'

const source: ModelSource = { format: 'onnx', path: '/a/model.onnx' }
const version = (versionId: string) => ({ workspace: 'default', versionId })

describe('the sources of versions', () => {
  it('are found once, however many ask', async () => {
    let asked = 0
    const sources = createVersionSources({
      sourceOf: async () => {
        asked += 1
        return source
      },
      onLate: () => {},
    })
    const both = await Promise.all([sources.resolve('default', 'a'), sources.resolve('default', 'a')])
    expect(both).toEqual([
      { versionId: 'a', source },
      { versionId: 'a', source },
    ])
    expect((await sources.known([version('a')])).get('a')).toEqual({ versionId: 'a', source })
    expect(asked).toBe(1)
  })
  it('hold up nobody while one of them is being built, and come late', async () => {
    const built = Promise.withResolvers<ModelSource>()
    const late = Promise.withResolvers<void>()
    const sources = createVersionSources({
      patienceMs: 10,
      sourceOf: (_context, versionId) => (versionId === 'slow' ? built.promise : Promise.resolve(source)),
      onLate: late.resolve,
    })
    const wanted = [version('slow'), version('quick')]
    expect([...(await sources.known(wanted)).keys()]).toEqual(['quick'])
    built.resolve(source)
    await late.promise
    expect([...(await sources.known(wanted)).keys()].toSorted()).toEqual(['quick', 'slow'])
  })
  it('say why one cannot be had, and are asked again', async () => {
    let fails = true
    const sources = createVersionSources({
      sourceOf: async () => {
        if (fails) throw new Error('its files are gone')
        return source
      },
      onLate: () => {},
    })
    expect(await sources.resolve('default', 'a')).toEqual({ versionId: 'a', ok: false, reason: 'its files are gone' })
    fails = false
    expect(await sources.resolve('default', 'a')).toEqual({ versionId: 'a', source })
  })
})
