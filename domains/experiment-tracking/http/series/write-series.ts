import { valueText } from '../../model/series/latest-metrics.ts'
import { nextTurn } from '../../store/series/next-turn.ts'
import type { DrawnSeries } from './read-series.ts'

/** Series written at once; between two such portions the event loop has its turn. */
const portion = 8

/** Series as the JSON of the contract `readSeries`. */
export async function seriesJson(series: readonly DrawnSeries[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let start = 0; start < series.length; start += portion) {
    if (start > 0) await nextTurn()
    const texts = series.slice(start, start + portion).map(textOf)
    parts.push(Buffer.from(`${start === 0 ? '' : ','}${texts.join(',')}`))
  }
  return Buffer.concat([Buffer.from('{"series":['), ...parts, Buffer.from(']}')])
}

function textOf({ x, y, ...head }: DrawnSeries): string {
  return `${JSON.stringify(head).slice(0, -1)},"x":[${listOf(x)}],"y":[${listOf(y)}]}`
}

function listOf(numbers: Float64Array): string {
  return Array.from(numbers, (number) => (Number.isFinite(number) ? number : valueText(number))).join(',')
}

/** Series in the binary form that the contract `readSeries` describes. */
export function seriesBytes(series: readonly DrawnSeries[]): Buffer {
  let offset = 0
  const heads = series.map(({ x, y, ...head }) => {
    const places = { x: { offset, count: x.length }, y: { offset: offset + x.length, count: y.length } }
    offset += x.length + y.length
    return { ...head, ...places }
  })
  const text = JSON.stringify({ series: heads })
  const length = Buffer.byteLength(text)
  // The numbers begin at a multiple of 8, so that a reader may look at them in place.
  const header = Buffer.alloc(4 + length + ((8 - ((4 + length) % 8)) % 8), ' ')
  header.writeUInt32LE(header.length - 4)
  header.write(text, 4)
  return Buffer.concat([header, ...series.flatMap(({ x, y }) => [bytesOf(x), bytesOf(y)])])
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}
