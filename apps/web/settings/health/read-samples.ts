/** One line of Prometheus' text format: `name{labels} value`. */
export interface Sample {
  name: string
  labels: string
  value: number
}

/** Reads Prometheus' text format; comments and lines that are none are left out. */
export function readSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-z_][\w:]*)(?:\{(.*)\})? (\S+)/i.exec(line)
    const [, name, labels = '', value] = match ?? []
    return name === undefined || value === undefined ? [] : [{ name, labels, value: Number(value) }]
  })
}

/** The sum of all samples of a name whose labels hold `label`; 0 where there is none. */
export function sumOf(samples: readonly Sample[], name: string, label = ''): number {
  return samples
    .filter((sample) => sample.name === name && sample.labels.includes(label))
    .reduce((sum, { value }) => sum + value, 0)
}
