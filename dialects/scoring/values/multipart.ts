/** A part of a multipart/form-data body (RFC 7578). */
export interface FormPart {
  readonly name: string
  readonly body: Buffer
}

/** Splits a form into its parts; undefined when the content type is no form, or the body is not built as one. */
export function readForm(body: Uint8Array, contentType: string | undefined): readonly FormPart[] | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(contentType ?? '') ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) return undefined
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const mark = `--${boundary}`
  const parts: FormPart[] = []
  let at = bytes.indexOf(mark)
  while (at >= 0) {
    const start = at + mark.length
    if (bytes.toString('latin1', start, start + 2) === '--') return parts
    const end = bytes.indexOf(`\r\n${mark}`, start)
    const part = end < 0 ? undefined : readPart(bytes.subarray(start + 2, end))
    if (part === undefined) return undefined
    parts.push(part)
    at = end + 2
  }
  return undefined
}

function readPart(bytes: Buffer): FormPart | undefined {
  const split = bytes.indexOf('\r\n\r\n')
  if (split < 0) return undefined
  const headers = bytes.toString('utf8', 0, split)
  const disposition = /^content-disposition:\s*form-data(.*)$/im.exec(headers)?.[1] ?? ''
  const name = /;\s*name="([^"]*)"/i.exec(disposition)?.[1]
  if (name === undefined) return undefined
  return { name, body: bytes.subarray(split + 4) }
}
