import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['MILLRACE_URL'] ?? 'http://127.0.0.1:7400'

const ground =
  /node_modules\/.*(react|tanstack|mantine|floating-ui)|base\/ui\/(data|format|parts|shell|theme|table)\/|vite\/preload-helper|rolldown.runtime/

const charts = /base\/ui\/charts\/(?!line\/)/

/** Relative addresses, so that one build works under every base path; the server writes `<base>` into the page. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    target: 'es2023',
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    // What every page stands on is one file, so that the first page asks for few.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'ground', test: ground },
            { name: 'charts', test: charts },
          ],
        },
      },
    },
  },
  server: { port: 7403, proxy: { '/api': server, '/v2': server, '/health': server } },
})
