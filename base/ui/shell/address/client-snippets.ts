/** Code that makes the first run with one kind of client. */
export interface ClientSnippet {
  name: string
  code: string
}

/**
 * What to paste where one trains, with this server's address and workspace: MLflow's Python client, our TypeScript one,
 * and plain HTTP. `needsToken` adds the line for a token.
 */
export function clientSnippets(place: { url: string; workspace: string; needsToken: boolean }): ClientSnippet[] {
  const { url, workspace, needsToken } = place
  const isDefault = workspace === 'default'
  const lines = (...all: (string | false)[]) => all.filter((line) => line !== false).join('\n')
  return [
    {
      name: 'Python',
      code: lines(
        '# pip install mlflow',
        'import mlflow, os',
        '',
        `os.environ["MLFLOW_TRACKING_URI"] = "${url}"`,
        !isDefault && `os.environ["MLFLOW_WORKSPACE"] = "${workspace}"`,
        needsToken && 'os.environ["MLFLOW_TRACKING_TOKEN"] = "mlr_…"  # Settings, API tokens',
        '',
        'mlflow.set_experiment("first")',
        'with mlflow.start_run():',
        '    mlflow.log_param("rate", 0.1)',
        '    for step in range(100):',
        '        mlflow.log_metric("loss", 1 / (step + 1), step=step)',
      ),
    },
    {
      name: 'TypeScript',
      code: lines(
        `// MILLRACE_URL=${url}${isDefault ? '' : ` MILLRACE_WORKSPACE=${workspace}`}${needsToken ? ' MILLRACE_TOKEN=mlr_…' : ''}`,
        "import { connect } from '@millrace/sdk'",
        '',
        'const millrace = connect()',
        "const run = await millrace.startRun({ experiment: 'first', params: { rate: 0.1 } })",
        'for (let step = 0; step < 100; step += 1) run.log({ loss: 1 / (step + 1) }, { step })',
        'await run.end()',
      ),
    },
    { name: 'curl', code: curlSnippet(url, workspace, needsToken) },
  ]
}

function curlSnippet(url: string, workspace: string, needsToken: boolean): string {
  const token = needsToken ? " -H 'authorization: Bearer mlr_…'" : ''
  return [
    `API=${url}/api/millrace/v1/w/${workspace}`,
    `RUN=$(curl -s $API/runs${token} -H 'content-type: application/json' \\`,
    `  -d '{"experiment":"first","name":"try-1"}' | sed 's/.*"id":"\\([^"]*\\)".*/\\1/;q')`,
    `curl -s $API/runs/$RUN/log${token} -H 'content-type: application/json' \\`,
    `  -d '{"metrics":[{"key":"loss","step":0,"value":1},{"key":"loss","step":1,"value":0.5}]}'`,
  ].join('\n')
}
