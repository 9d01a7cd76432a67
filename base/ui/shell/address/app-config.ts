/** What the server tells the page: where it is mounted, and which workspace to open when the address names none. */
export interface AppConfig {
  /** `''` at the root, else like `/ml`: no slash at the end. */
  basePath: string
  workspace: string
}

/** Reads `<meta name="millrace-config" content='{"basePath":"/ml","workspace":"default"}'>`: a tag, not a script, so that the content policy allows no inline code. */
export function readAppConfig(content: string | null): AppConfig {
  const value: unknown = content === null || content === '' ? {} : JSON.parse(content)
  const fields = typeof value === 'object' && value !== null ? value : {}
  const basePath = 'basePath' in fields && typeof fields.basePath === 'string' ? fields.basePath : ''
  const workspace = 'workspace' in fields && typeof fields.workspace === 'string' ? fields.workspace : 'default'
  return { basePath: basePath.replace(/\/+$/, ''), workspace }
}
