/**
 * True for a relative path whose parts are plain names: no empty part, no `.` or `..`, no backslash, no control
 * character, also not after URL-decoding it again (`%2e%2e` is how traversal is usually dressed).
 */
export function isPlainPath(path: string): boolean {
  return [path, decoded(path)].every((text) => isPlain(text))
}

function isPlain(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
