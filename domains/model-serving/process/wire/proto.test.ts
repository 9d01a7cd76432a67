import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { decodeMessage, encodeMessage } from './proto-codec.ts'
import { ProtoError, ProtoReader } from './proto-reader.ts'
import { protoSchema } from './proto-schema.ts'
import { ProtoWriter } from './proto-writer.ts'

const schema = protoSchema([
  {
    path: 'test.proto',
    package: 'test',
    messages: {
      Inner: 'text=1:string@choice number=2:int64@choice',
      Outer:
        'flag=1:bool small=2:int32 large=3:uint64 ratio=4:double share=5:float name=6:string raw=7:bytes ' +
        'sizes=8:repeated:int64 names=9:repeated:string inner=10:Inner all=11:map<string,Inner> kind=12:Kind',
    },
    enums: { Kind: { NONE: 0, SOME: 1 } },
  },
])

function outcomeOf(bytes: Uint8Array): string {
  try {
    decodeMessage(schema, '.test.Outer', bytes)
    return 'read'
  } catch (error) {
    return error instanceof ProtoError ? 'refused' : `failed with ${String(error)}`
  }
}

describe('protocol buffers', () => {
  // The bytes that Google's own library writes for these values.
  it('writes what the field writes', () => {
    const bytes = encodeMessage(schema, '.test.Outer', {
      flag: true,
      small: -1,
      large: 18_446_744_073_709_551_615n,
      name: 'ä',
      sizes: [1, 300],
      inner: { text: '' },
      all: { k: { number: 5 } },
      kind: 1,
    })
    expect(bytes.toString('hex')).toBe(
      '0801' +
        '10ffffffffffffffffff01' +
        '18ffffffffffffffffff01' +
        '3202c3a4' +
        '4001' +
        '40ac02' +
        '52020a00' +
        '5a070a016b12021005' +
        '6001',
    )
  })
  it('reads packed and unpacked lists alike, and skips what it does not know', () => {
    const packed = decodeMessage(schema, '.test.Outer', Buffer.from('420301ac02fa0101ffa00607', 'hex'))
    const unpacked = decodeMessage(schema, '.test.Outer', Buffer.from('400140ac02', 'hex'))
    expect(packed).toMatchObject({ sizes: [1, 300] })
    expect(unpacked).toEqual(packed)
  })
  it('comes back as it was written', () => {
    const values = fc.record({
      flag: fc.constant(true),
      small: fc.integer().filter((value) => value !== 0),
      large: fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n - 1n }),
      ratio: fc.double({ noNaN: true }).filter((value) => value !== 0),
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
      sizes: fc.array(fc.integer()),
      names: fc.array(fc.string({ maxLength: 200 })),
      inner: fc.record({ number: fc.integer() }),
      all: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
        fc.record({ text: fc.string() }),
      ),
    })
    fc.assert(
      fc.property(values, (value) => {
        expect(decodeMessage(schema, '.test.Outer', encodeMessage(schema, '.test.Outer', value))).toEqual({ ...value })
      }),
    )
  })
  it('never fails but with ProtoError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(['read', 'refused']).toContain(outcomeOf(bytes))
      }),
    )
  })
  it('puts lengths of any size before what they count', () => {
    for (const length of [0, 127, 128, 16_383, 16_384, 2_097_152]) {
      const writer = new ProtoWriter(8)
      writer.message(1, () => writer.bytes(2, Buffer.alloc(length, 7)))
      const reader = new ProtoReader(writer.finish())
      expect(reader.next()).toBe(true)
      const inner = reader.message()
      inner.next()
      expect(inner.bytes().length).toBe(length)
      expect(inner.next()).toBe(false)
      expect(reader.next()).toBe(false)
    }
  })
})
