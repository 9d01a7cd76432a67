/** An address within the workspace from its segments; a name with a slash stays one segment. */
export function href(...segments: readonly (string | number)[]): string {
  return `/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`
}
