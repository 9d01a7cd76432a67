import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const out = '../../dist/sdk'

/** Turns the SDK into the npm package `dist/sdk`: plain JavaScript with its types, module by module, for every runtime. */
export function packSdk(): string {
  rmSync(at(out), { recursive: true, force: true })
  execFileSync(process.execPath, [at('../../node_modules/typescript/bin/tsc'), '-p', at('tsconfig.build.json')], {
    stdio: 'inherit',
  })
  const own = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string; license: string } // our own
  const server = { types: './sdk.d.ts', default: './sdk.js' }
  const browser = { types: './browser.d.ts', default: './browser.js' }
  const manifest = {
    name: '@millrace/sdk',
    version: own.version,
    description: 'Log runs, find them, register models and ask them, from Node, Bun, Deno and the browser',
    license: own.license,
    type: 'module',
    engines: { node: '>=20.3' },
    sideEffects: false,
    bin: { 'millrace-sync': './sync-command.js' },
    exports: {
      '.': { browser, workerd: browser, node: server, bun: server, deno: server, default: browser },
      './browser': browser,
      './package.json': './package.json',
    },
  }
  writeFileSync(at(`${out}/package.json`), `${JSON.stringify(manifest, null, 2)}\n`)
  copyFileSync(at('README.md'), at(`${out}/README.md`))
  copyFileSync(at('../../LICENSE'), at(`${out}/LICENSE`))
  chmodSync(at(`${out}/sync-command.js`), 0o755)
  return at(out)
}

if (import.meta.main) console.log(packSdk())
