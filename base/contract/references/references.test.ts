import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatReference, parseReference } from './references.ts'

describe('references', () => {
  it('takes each form apart', () => {
    expect(parseReference('models:/flight-delay@champion')).toEqual({
      scheme: 'models',
      name: 'flight-delay',
      at: 'champion',
    })
    expect(parseReference('models://team/flight-delay/7')).toEqual({
      scheme: 'models',
      workspace: 'team',
      name: 'flight-delay',
      rest: '7',
    })
    expect(parseReference('runs:/0af3/model/model.onnx')).toEqual({
      scheme: 'runs',
      name: '0af3',
      rest: 'model/model.onnx',
    })
    expect(parseReference('datasets:/us/flights@2001-02')).toEqual({
      scheme: 'datasets',
      name: 'us/flights',
      at: '2001-02',
    })
    expect(parseReference('endpoints:/flight-delay')).toEqual({ scheme: 'endpoints', name: 'flight-delay' })
  })
  it('refuses what is none, with the forms in the sentence', () => {
    for (const text of ['', 'models:', 'models:/', 'model:/x', 'models:/x/', 'models:/@champion', 'flight-delay']) {
      expect(() => parseReference(text)).toThrow(/is not a reference/)
    }
  })
  it('writes back what it read', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,12}$/)
    fc.assert(
      fc.property(word, fc.option(word, { nil: undefined }), (name, at) => {
        const text = `models:/${name}${at === undefined ? '' : `@${at}`}`
        expect(formatReference(parseReference(text))).toBe(text)
      }),
    )
  })
})
