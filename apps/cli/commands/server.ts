import { flagOf, settings, variableOf } from '@millrace/kernel'
import { command } from '@millrace/terminal'

/** `millrace server`: runs Millrace until SIGTERM or Ctrl-C. */
export const server = command({
  path: ['server'],
  summary: 'Runs the server: pages, API, predictions',
  passThrough: true,
  options: Object.entries(settings).map(([name, setting]) => ({
    name: flagOf(name),
    describe: `${setting.describe} (${variableOf(name)})`,
    value: 'VALUE',
  })),
  examples: [
    'millrace server',
    'millrace server --port 8080 --data-dir /srv/millrace',
    'MILLRACE_ADMIN_TOKEN=… millrace server --host 0.0.0.0 --auth required --allowed-hosts ml.example',
    'millrace server --database-url postgres://millrace@db/millrace',
  ],
  run: async ({ argv, env }) => {
    const { runServer } = await import('@millrace/server')
    return runServer(argv, env)
  },
})
