import type { Browser, Page } from 'playwright-core'

/** Notes when the first link that is named like a run is drawn, in milliseconds since the navigation began. */
const watchForRows = `
  const look = () => {
    const found = [...document.querySelectorAll('a')].some((each) => /^run-\\d+$/.test(each.textContent.trim()))
    if (found) requestAnimationFrame(() => { window.rowsAtMs = performance.now() })
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
`
const TIMES = 5

/** The median time from the address to the first row, in browsers that were never here. */
export async function timeToRows(browser: Browser, url: string): Promise<number> {
  const times: number[] = []
  for (let time = 0; time < TIMES; time += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true })
    const page = await context.newPage()
    await page.addInitScript(watchForRows)
    await page.goto(url, { waitUntil: 'commit' })
    await page.waitForFunction('window.rowsAtMs !== undefined', undefined, { timeout: 60_000 })
    times.push(Number(await page.evaluate('window.rowsAtMs')))
    await context.close()
  }
  return median(times)
}

/**
 * The median time from an act's last key or click until `shown`, an expression in the page, says something else and that
 * is drawn. Times are taken in the page, so that the time to steer the browser is not in them.
 */
export async function timeOf(page: Page, act: (time: number) => Promise<void>, shown: string): Promise<number> {
  const times: number[] = []
  for (let time = 0; time < TIMES; time += 1) {
    await page.evaluate(`
      window.actTook = undefined
      window.actBegan = undefined
      {
        const began = (event) => { if (event.type !== 'keydown' || event.key === 'Enter') window.actBegan ??= performance.now() }
        for (const type of ['keydown', 'click', 'change']) document.addEventListener(type, began, { capture: true, once: type !== 'keydown' })
        const before = (() => ${shown})()
        const look = () => {
          if (window.actBegan === undefined || (() => ${shown})() === before) return requestAnimationFrame(look)
          const end = performance.now()
          window.actTook = end - window.actBegan
        }
        requestAnimationFrame(look)
      }
    `)
    await act(time)
    await page.waitForFunction('window.actTook !== undefined', undefined, { timeout: 20_000 })
    times.push(Number(await page.evaluate('window.actTook')))
  }
  return median(times)
}

/** Scrolls the table for two seconds of frames, half a screen each, and says how long its frames took. */
export async function framesOfScroll(page: Page, direction: 'down' | 'across') {
  const by = direction === 'down' ? 'scrollTop' : 'scrollLeft'
  const frames = await page.evaluate<number[]>(`new Promise((resolve) => {
    const grid = document.querySelector('[role=grid]')
    const frames = []
    let last = performance.now()
    const step = (now) => {
      frames.push(now - last)
      last = now
      grid.${by} += 450
      if (frames.length < 120) requestAnimationFrame(step)
      else resolve(frames.slice(1))
    }
    requestAnimationFrame(step)
  })`)
  return {
    frames: frames.length,
    median: median(frames),
    longest: Math.max(...frames),
    late: frames.filter((ms) => ms > 32).length,
  }
}

function median(values: readonly number[]): number {
  return Float64Array.from(values).sort()[Math.floor(values.length / 2)] ?? Number.NaN
}
