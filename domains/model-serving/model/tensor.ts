/** The element types of the Open Inference Protocol. FP16 travels as its raw 16 bits. */
export const datatypes = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const

export type Datatype = (typeof datatypes)[number]

/** Elements that JavaScript holds as numbers. */
export type NumberData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array

/** Row-major elements: a typed array of the datatype, or texts for BYTES. */
export type TensorData = NumberData | BigInt64Array | BigUint64Array | readonly string[]

/** What a model takes or gives: a name, an element type and a shape, with -1 for a dimension that varies. */
export interface TensorSpec {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/** A `TensorSpec` with every dimension known, and its elements. */
export interface Tensor extends TensorSpec {
  readonly data: TensorData
}

/** A model's inputs and outputs, in the model's order. */
export interface Signature {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** Bytes of one element; undefined for BYTES, whose elements differ in length. */
export const bytesPerElement: Readonly<Record<Datatype, number | undefined>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: undefined,
}

const makers: Readonly<Record<Datatype, (length: number) => TensorData>> = {
  BOOL: (length) => new Uint8Array(length),
  UINT8: (length) => new Uint8Array(length),
  UINT16: (length) => new Uint16Array(length),
  UINT32: (length) => new Uint32Array(length),
  UINT64: (length) => new BigUint64Array(length),
  INT8: (length) => new Int8Array(length),
  INT16: (length) => new Int16Array(length),
  INT32: (length) => new Int32Array(length),
  INT64: (length) => new BigInt64Array(length),
  FP16: (length) => new Uint16Array(length),
  FP32: (length) => new Float32Array(length),
  FP64: (length) => new Float64Array(length),
  BYTES: (length) => Array.from({ length }, () => ''),
}

const viewers: Readonly<Record<Exclude<Datatype, 'BYTES'>, (buffer: ArrayBuffer) => TensorData>> = {
  BOOL: (buffer) => new Uint8Array(buffer),
  UINT8: (buffer) => new Uint8Array(buffer),
  UINT16: (buffer) => new Uint16Array(buffer),
  UINT32: (buffer) => new Uint32Array(buffer),
  UINT64: (buffer) => new BigUint64Array(buffer),
  INT8: (buffer) => new Int8Array(buffer),
  INT16: (buffer) => new Int16Array(buffer),
  INT32: (buffer) => new Int32Array(buffer),
  INT64: (buffer) => new BigInt64Array(buffer),
  FP16: (buffer) => new Uint16Array(buffer),
  FP32: (buffer) => new Float32Array(buffer),
  FP64: (buffer) => new Float64Array(buffer),
}

/** Zeros (or empty texts) of a datatype. */
export function newTensorData(datatype: Datatype, length: number): TensorData {
  return makers[datatype](length)
}

/** The elements in little-endian bytes; copies, so that they need not be aligned. The length must fit the datatype. */
export function numbersOfBytes(datatype: Exclude<Datatype, 'BYTES'>, bytes: Uint8Array): TensorData {
  // A Buffer's own `slice` would not copy.
  return viewers[datatype](new Uint8Array(bytes).buffer)
}

/** The bytes of a typed array, not copied. */
export function bytesOfNumbers(data: Exclude<TensorData, readonly string[]>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** True for the texts of BYTES. */
export function isTexts(data: TensorData): data is readonly string[] {
  return Array.isArray(data)
}

/** How many elements a known shape holds; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  let product = 1
  for (let axis = 0; axis < shape.length; axis += 1) product *= shape[axis] ?? 1
  return product
}

/** Elements of one row: the product of all dimensions but the first. */
export function rowWidth(shape: readonly number[]): number {
  let product = 1
  for (let axis = 1; axis < shape.length; axis += 1) product *= shape[axis] ?? 1
  return product
}

/** Elements `start` (included) to `end` (excluded), as a view where the data is typed. */
export function sliceData(data: TensorData, start: number, end: number): TensorData {
  return isTexts(data) ? data.slice(start, end) : data.subarray(start, end)
}

/** All parts one after the other. They must be of the given datatype. */
export function concatData(datatype: Datatype, parts: readonly TensorData[]): TensorData {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  if (datatype === 'BYTES') return parts.flatMap((part) => (isTexts(part) ? part : []))
  const whole = newTensorData(
    datatype,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
  let at = 0
  for (const part of parts) {
    // Both are typed arrays of the same datatype: the caller's promise.
    ;(whole as Float32Array).set(part as Float32Array, at)
    at += part.length
  }
  return whole
}
