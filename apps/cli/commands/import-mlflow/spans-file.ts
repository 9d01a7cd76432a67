import type { LocalArtifacts } from './artifacts/local-artifacts.ts'
import type { SourceFiles } from './source.ts'

/** The spans in the file `traces.json` beside a trace, each as its JSON; none where there is no such file. */
export async function spansOfFile(artifacts: LocalArtifacts, uri: string | undefined): Promise<string[]> {
  return uri === undefined ? [] : spansIn(await artifacts.files(uri))
}

/** The spans in a trace's artifacts. */
export async function spansIn(found: SourceFiles): Promise<string[]> {
  const file = 'files' in found ? found.files.find(({ path }) => path === 'traces.json') : undefined
  if (file === undefined) return []
  const parts: Uint8Array[] = []
  for await (const part of await file.open()) parts.push(part)
  return splitSpans(Buffer.concat(parts).toString('utf8'))
}

/** `{"spans": […]}` as the texts of its members, with the digits of large integers as they are. */
export function splitSpans(text: string): string[] {
  const { spans } = JSON.parse(quoteLargeIntegers(text)) as { spans?: unknown }
  return Array.isArray(spans) ? spans.map((span) => JSON.stringify(span)) : []
}

/** Nanoseconds need more digits than a number has, so integers of 16 digits and more become texts. */
export function quoteLargeIntegers(text: string): string {
  // Strings are matched first, so that digits inside them stay as they are.
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\w.+])/g, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  )
}
