import type { Api } from './create-api.ts'

/** The whole address of the server with its base path, as a client elsewhere writes it: `https://ml.example/base`. */
export function serverAddress(api: Pick<Api, 'serverUrl'>): string {
  const { href } = new URL(api.serverUrl(''), location.href)
  return href.replace(/\/api\/millrace\/v1\/$/, '')
}
