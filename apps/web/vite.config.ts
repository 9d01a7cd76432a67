import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['MILLRACE_URL'] ?? 'http://127.0.0.1:7400'

/** Relative addresses, so that one build works under every base path; the server writes `<base>` into the page. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: { target: 'es2023', sourcemap: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: { port: 7403, proxy: { '/api': server, '/v2': server, '/health': server } },
})
