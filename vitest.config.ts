import { defineConfig } from 'vitest/config'

const never = ['**/node_modules/**', '**/dist/**', '**/.toolchain/**', '**/.millrace/**']
const campaign = process.env['MILLRACE_CAMPAIGN']
const besideTheCode = ['base', 'domains', 'dialects', 'adapters', 'apps', 'examples', 'bin']

/** Long searches for trouble (crashes, fuzzing, soaking); `bin/test --campaign NAME` alone runs them. */
function campaignsProject(campaign: string) {
  return {
    test: {
      name: 'campaigns',
      include: [`test/campaigns/${campaign}*.test.ts`],
      exclude: never,
      fileParallelism: false,
      testTimeout: 3_600_000,
      hookTimeout: 120_000,
    },
  }
}

export default defineConfig({
  test: {
    // Two workers: a laptop keeps a core for the databases and servers that the tests start.
    maxWorkers: 2,
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: besideTheCode.map((folder) => `${folder}/**/*.test.{ts,tsx}`),
          exclude: [...never, '**/*.journey.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'architecture',
          include: ['test/*.test.ts', 'test/architecture/**/*.test.ts'],
          exclude: never,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/journeys/**/*.test.ts', 'examples/**/*.journey.test.ts'],
          exclude: never,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      ...(campaign === undefined ? [] : [campaignsProject(campaign)]),
    ],
  },
})
