import type { ShadowComparison, ShadowOutput } from '../../../model/plane-snapshot.ts'
import type { Tensor, TensorData } from '../../../model/tensor.ts'
import { isTexts } from '../../../model/tensor.ts'

/** Floating-point elements this close, relative to the larger of the two, count as the same. */
const closeEnough = 1e-6

interface OutputSums {
  elements: number
  agreeing: number
  sum: number
  max: number
}

/** How a shadow's answers compare with those that callers got. */
export class ShadowTally {
  #rows = 0
  #missed = 0
  #changed = false
  readonly #outputs = new Map<string, OutputSums>()

  /** A request that the shadow failed, refused, or was too slow for. */
  missed(): void {
    this.#missed += 1
    this.#changed = true
  }

  /** Outputs of the same request by name; an output that the shadow lacks, or has in another size, agrees nowhere. */
  compare(rows: number, given: readonly Tensor[], shadow: readonly Tensor[]): void {
    this.#rows += rows
    this.#changed = true
    for (const output of given) {
      let sums = this.#outputs.get(output.name)
      if (sums === undefined) this.#outputs.set(output.name, (sums = { elements: 0, agreeing: 0, sum: 0, max: 0 }))
      sums.elements += output.data.length
      const other = shadow.find(({ name }) => name === output.name)
      if (other !== undefined && other.data.length === output.data.length) addTo(sums, output.data, other.data)
    }
  }

  takeChanged(): boolean {
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  figures(): ShadowComparison {
    const outputs = [...this.#outputs].map(([name, { elements, agreeing, sum, max }]): ShadowOutput => ({
      name,
      elements,
      agreeing,
      sumAbsoluteDifference: sum,
      maxAbsoluteDifference: max,
    }))
    return { rows: this.#rows, missed: this.#missed, outputs }
  }
}

function addTo(sums: OutputSums, given: TensorData, shadow: TensorData): void {
  const texts = isTexts(given) || isTexts(shadow)
  for (let index = 0; index < given.length; index += 1) {
    if (texts) {
      sums.agreeing += given[index] === shadow[index] ? 1 : 0
      continue
    }
    const [one, other] = [Number(given[index]), Number(shadow[index])]
    if (Object.is(one, other) || one === other) {
      sums.agreeing += 1
      continue
    }
    const difference = Math.abs(one - other)
    if (difference <= closeEnough * Math.max(Math.abs(one), Math.abs(other))) sums.agreeing += 1
    // NaN beside a number is a disagreement without a size.
    if (!Number.isFinite(difference)) continue
    sums.sum += difference
    sums.max = Math.max(sums.max, difference)
  }
}
