import { Problem } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { decodeJson } from './decode-json.ts'
import { decodeProtobuf } from './decode-protobuf.ts'
import { encodeRequest, field, varint } from './testing/encode-request.ts'

const attributes = {
  text: 'grün',
  yes: true,
  whole: 7,
  negative: -3,
  big: 9_223_372_036_854_775_807n,
  part: 1.5,
  list: [1, 'a', [null]],
  map: { inner: { deep: false } },
  nothing: null,
}

/** A request decodes, or is refused with a problem; nothing else may happen. */
function outcome(decode: () => unknown): string {
  try {
    decode()
    return 'decoded'
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return error.code
    throw error
  }
}

/** Random bytes that are the same in every run. */
function randomBytes(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
}

describe('spans in protocol buffers', () => {
  it('decode to what was sent', () => {
    const sent = { attributes, status: 2, parentId: '00000000000000ff', events: [{ name: 'e', attributes: { a: 1 } }] }
    const { spans, rejected } = decodeProtobuf(encodeRequest([sent], { 'service.name': 'bot' }))
    expect(rejected).toBe(0)
    expect(spans).toEqual([
      {
        traceId: '00000000000000000000000000000001',
        id: '0000000000000001',
        parentId: '00000000000000ff',
        name: 'work',
        kind: 1,
        startNs: '1767225600000000001',
        endNs: '1767225600001000001',
        status: { code: 'error', message: '' },
        attributes,
        events: [{ name: 'e', timeNs: '1767225600000000001', attributes: { a: 1 } }],
        links: [],
        resource: { 'service.name': 'bot' },
        scope: { name: 'tests', version: '' },
      },
    ])
  })
  it('that cannot be stored are counted, the others kept', () => {
    const request = encodeRequest([{}, { traceId: '00' }, { spanId: 'ff' }, { startNs: 2n ** 64n - 1n, endNs: 1n }])
    expect(decodeProtobuf(request)).toMatchObject({
      spans: [{ name: 'work' }],
      rejected: 3,
      reason: 'its trace id has to be 16 bytes',
    })
  })
  it('cut off anywhere are refused or hold less', () => {
    const whole = encodeRequest([{ attributes, events: [{ name: 'e' }] }])
    for (let length = 0; length < whole.length; length += 1) {
      const cut = whole.subarray(0, length)
      expect(['decoded', 'otlp/bad-payload']).toContain(outcome(() => decodeProtobuf(cut)))
    }
  })
  it('with any byte changed, and any bytes at all, are refused or decode', () => {
    const whole = encodeRequest([{ attributes }, {}])
    const random = randomBytes(7)
    const seen = new Map<string, number>()
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = round % 2 === 0 ? Buffer.from(whole) : Buffer.from(Array.from({ length: random() }, random))
      if (bytes.length > 0) bytes[(random() * 256 + random()) % bytes.length] = random()
      const found = outcome(() => decodeProtobuf(bytes))
      seen.set(found, (seen.get(found) ?? 0) + 1)
    }
    expect([...seen.keys()].toSorted((one, other) => (one < other ? -1 : 1))).toEqual(['decoded', 'otlp/bad-payload'])
  })
  it('with lengths beyond the end, endless numbers, or values that nest without end are refused', () => {
    const huge = Buffer.concat([Buffer.from([0x0a]), varint(2n ** 40n)])
    const endless = Buffer.alloc(64, 0xff)
    let nested: Buffer = Buffer.alloc(0)
    for (let depth = 0; depth < 5000; depth += 1) nested = field(5, field(1, nested))
    const deep = field(1, field(2, field(2, field(9, field(2, nested)))))
    for (const bytes of [huge, endless, deep]) expect(outcome(() => decodeProtobuf(bytes))).toBe('otlp/bad-payload')
  })
  it('with more values than a request may hold are refused before they fill the memory', () => {
    const event = field(11)
    const spans = field(2, Buffer.concat(Array.from({ length: 1_000_001 }, () => event)))
    expect(outcome(() => decodeProtobuf(field(1, field(2, spans))))).toBe('otlp/bad-payload')
  })
  it('may have a key named __proto__, which is a key like any other', () => {
    const { spans } = decodeProtobuf(encodeRequest([{ attributes: JSON.parse('{"__proto__":{"admin":true}}') as {} }]))
    expect(Object.keys(spans[0]?.attributes ?? {})).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(spans[0]?.attributes)).toBe(Object.prototype)
  })
})

describe('spans in JSON', () => {
  const request = (span: object) =>
    Buffer.from(
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'bot' } }] },
            scopeSpans: [{ scope: { name: 'tests' }, spans: [span] }],
          },
        ],
      }),
    )
  const span = {
    traceId: '5B8EFFF798038103D269B633813FC60C',
    spanId: 'EEE19B7EC3C1B174',
    name: 'I',
    startTimeUnixNano: '1544712660000000000',
  }
  it('decode to what was sent', () => {
    const sent = {
      ...span,
      parentSpanId: 'eee19b7ec3c1b173',
      kind: 'SPAN_KIND_SERVER',
      endTimeUnixNano: 1544712661000,
      attributes: [
        { key: 'a', value: { intValue: '9223372036854775807' } },
        { key: 'b', value: { arrayValue: { values: [{ doubleValue: 1.5 }, { boolValue: false }, {}] } } },
        { key: 'c', value: { kvlistValue: { values: [{ key: 'd', value: { stringValue: 'e\u0000' } }] } } },
      ],
      status: { code: 2, message: 'no' },
    }
    expect(decodeJson(request(sent)).spans).toMatchObject([
      {
        traceId: '5b8efff798038103d269b633813fc60c',
        id: 'eee19b7ec3c1b174',
        parentId: 'eee19b7ec3c1b173',
        kind: 2,
        startNs: '1544712660000000000',
        status: { code: 'error', message: 'no' },
        attributes: { a: 9_223_372_036_854_775_807n, b: [1.5, false, null], c: { d: 'e\ufffd' } },
        resource: { 'service.name': 'bot' },
      },
    ])
  })
  it.each([
    ['no JSON', Buffer.from('{')],
    ['a list for a message', Buffer.from('{"resourceSpans":[[]]}')],
    ['a text for a list', Buffer.from('{"resourceSpans":"x"}')],
    ['a number for a text', request({ ...span, name: 5 })],
    ['a time that is none', request({ ...span, startTimeUnixNano: 'yesterday' })],
    ['an unknown kind', request({ ...span, kind: 'SPAN_KIND_OTHER' })],
    ['values that nest without end', nestedJson()],
  ])('refuse %s', (_what, bytes) => {
    expect(outcome(() => decodeJson(bytes))).toBe('otlp/bad-payload')
  })
  function nestedJson(): Buffer {
    const value = '{"arrayValue":{"values":['.repeat(5000) + ']}}'.repeat(5000)
    const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":${value}}]}]}]}]}`
    return Buffer.from(text)
  }
})
