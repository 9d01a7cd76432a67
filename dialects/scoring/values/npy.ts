import type { Datatype, Tensor } from '@millrace/model-serving/plane'
import { bytesOfNumbers, bytesPerElement, elementCount, isTexts, numbersOfBytes } from '@millrace/model-serving/plane'

type Plain = Exclude<Datatype, 'BYTES'>

const datatypes: Readonly<Record<string, Plain>> = {
  b1: 'BOOL',
  u1: 'UINT8',
  u2: 'UINT16',
  u4: 'UINT32',
  u8: 'UINT64',
  i1: 'INT8',
  i2: 'INT16',
  i4: 'INT32',
  i8: 'INT64',
  f2: 'FP16',
  f4: 'FP32',
  f8: 'FP64',
}

const magic = Buffer.from('\u0093NUMPY', 'latin1')

/**
 * Reads a NumPy array file (format 1.0 and 2.0, little-endian, C order). Undefined for anything else: objects, texts,
 * big-endian, Fortran order. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpy(name: string, body: Uint8Array): Tensor | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (bytes.length < 12 || !bytes.subarray(0, 6).equals(magic)) return undefined
  const isFirst = bytes[6] === 1
  const start = isFirst ? 10 : 12
  const end = start + (isFirst ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8))
  const described = describedBy(bytes.toString('latin1', start, end))
  if (described === undefined) return undefined
  const { datatype, shape } = described
  const data = bytes.subarray(end)
  if (data.length !== elementCount(shape) * (bytesPerElement[datatype] ?? 0)) return undefined
  return { name, datatype, shape, data: numbersOfBytes(datatype, data) }
}

function describedBy(header: string): { datatype: Plain; shape: readonly number[] } | undefined {
  const kind = /'descr':\s*'[<|=]([a-z]\d+)'/.exec(header)?.[1] ?? ''
  const datatype = datatypes[kind]
  const shape = shapeIn(header)
  const fits = datatype !== undefined && shape !== undefined && header.includes("'fortran_order': False")
  return fits ? { datatype, shape } : undefined
}

function shapeIn(header: string): readonly number[] | undefined {
  const [, sizes] = /'shape':\s*\(([\d,\s]*)\)/.exec(header) ?? []
  return sizes?.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]))
}

/** A tensor of numbers as a NumPy array file; undefined for texts. */
export function writeNpy({ datatype, shape, data }: Tensor): Buffer | undefined {
  const kind = Object.entries(datatypes).find(([, known]) => known === datatype)?.[0]
  if (kind === undefined || isTexts(data)) return undefined
  const order = kind.endsWith('1') ? '|' : '<'
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': (${sizes}), }`
  const room = 64 - ((10 + header.length + 1) % 64)
  const head = Buffer.alloc(10)
  magic.copy(head)
  head[6] = 1
  head.writeUInt16LE(header.length + room + 1, 8)
  return Buffer.concat([head, Buffer.from(`${header}${' '.repeat(room)}\n`, 'latin1'), bytesOfNumbers(data)])
}
