/** Resolves tokens to colours that a canvas understands; `light-dark()` is only settled on a used property, hence the probe element. */
export function tokenReader(root: HTMLElement = document.documentElement): (token: string) => string {
  const probe = document.createElement('i')
  probe.hidden = true
  const seen = new Map<string, string>()
  return (token) => {
    const known = seen.get(token)
    if (known !== undefined) return known
    root.append(probe)
    probe.style.color = token.startsWith('--') ? `var(${token})` : token
    const colour = getComputedStyle(probe).color
    probe.remove()
    seen.set(token, colour)
    return colour
  }
}

/** The same colour with another opacity. Accepts `rgb(r, g, b)` and `rgb(r g b / a)` as browsers print them. */
export function withOpacity(colour: string, opacity: number): string {
  const parts = colour.match(/[\d.]+/g)
  return parts === null ? colour : `rgb(${parts.slice(0, 3).join(' ')} / ${opacity})`
}
