/** One point of the chart: a request's time among so many runs. */
export interface Measured {
  readonly side: string
  readonly request: string
  readonly runs: number
  readonly medianMs: number
  readonly p95Ms: number
}

const [width, height, left, right, top, bottom] = [760, 440, 70, 250, 30, 50]
const colours = ['#2563eb', '#16a34a', '#d97706', '#9333ea', '#dc2626', '#0891b2', '#4b5563', '#be185d']

/** All lines on one chart with both axes logarithmic, as SVG: runs across, the median in ms upwards. */
export function growthChart(measured: readonly Measured[]): string {
  const lines = Map.groupBy(measured, ({ side, request }) => `${side}: ${request}`)
  const x = scale(
    measured.map(({ runs }) => runs),
    left,
    width - right,
  )
  const y = scale(
    measured.map(({ medianMs }) => medianMs),
    height - bottom,
    top,
  )
  const drawn = [...lines].map(([name, points], index) => {
    const colour = colours[index % colours.length] ?? '#000'
    const path = points.map(({ runs, medianMs }) => `${x.at(runs).toFixed(1)},${y.at(medianMs).toFixed(1)}`).join(' ')
    const last = points.at(-1)
    const label = `<text x="${width - right + 12}" y="${top + 16 + index * 18}" fill="${colour}">${name}</text>`
    if (last === undefined) return label
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${label}`
  })
  const ticks = [
    ...x.powers.map((power) => text(x.at(power), height - bottom + 20, power.toLocaleString('en-US'), 'middle')),
    ...y.powers.map((power) => text(left - 8, y.at(power) + 4, `${power} ms`, 'end')),
  ]
  const style = 'font-family="system-ui, sans-serif" font-size="12"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${style}><rect width="100%" height="100%" fill="#fff"/>${ticks.join('')}${drawn.join('')}${text((left + width - right) / 2, height - 10, 'runs in the experiment', 'middle')}</svg>\n`
}

function text(atX: number, atY: number, words: string, anchor: string): string {
  return `<text x="${atX}" y="${atY}" text-anchor="${anchor}" fill="#374151">${words}</text>`
}

/** A logarithmic scale from whole powers of ten to whole powers of ten. */
function scale(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  return {
    at: (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    powers: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)),
  }
}
