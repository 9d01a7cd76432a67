import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A Python interpreter with numpy and scikit-learn; undefined where this machine has none, and why then. */
export function findPython(
  packages: readonly string[] = ['numpy', 'sklearn'],
): { python: string } | { missing: string } {
  const given = process.env['MILLRACE_TEST_PYTHON']
  const own = fileURLToPath(new URL('../../../.toolchain/python/bin/python', import.meta.url))
  const candidates = given === undefined ? [own, 'python3'] : [given]
  for (const python of candidates) {
    try {
      execFileSync(python, ['-I', '-c', `import ${packages.join(', ')}`], { stdio: 'ignore' })
      return { python }
    } catch {
      // the next one may have them
    }
  }
  return { missing: `no Python with ${packages.join(' and ')} (MILLRACE_TEST_PYTHON names one)` }
}

/** Runs a Python program, for tests that make models. */
export function runPython(python: string, program: string, ...parameters: readonly string[]): string {
  return execFileSync(python, ['-I', '-W', 'ignore', '-c', program, ...parameters], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}
