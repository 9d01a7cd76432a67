/** Where a browser goes after signing in: a path of this server, whatever else was asked for. */
export function safeReturn(wanted: string | undefined, basePath: string): string {
  const home = `${basePath}/`
  if (wanted === undefined || !/^\/[^/\\]/.test(wanted) || wanted.length > 2000) return home
  try {
    const url = new URL(wanted, 'http://server.invalid')
    if (url.host !== 'server.invalid') return home
    return `${url.pathname}${url.search}${url.hash}`
  } catch {
    return home
  }
}
