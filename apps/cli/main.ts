import { commands as access } from '@millrace/access/cli'
import { commands as audit } from '@millrace/audit/cli'
import { commands as collaboration } from '@millrace/collaboration/cli'
import { commands as datasets } from '@millrace/datasets/cli'
import { commands as delivery } from '@millrace/delivery/cli'
import { commands as runs } from '@millrace/experiment-tracking/cli'
import { commands as governance } from '@millrace/governance/cli'
import { commands as studies } from '@millrace/hyperparameter-optimization/cli'
import { commands as lineage } from '@millrace/lineage/cli'
import { commands as models } from '@millrace/model-registry/cli'
import { commands as serving } from '@millrace/model-serving/cli'
import { commands as monitoring } from '@millrace/monitoring/cli'
import { commands as pipelines } from '@millrace/pipelines/cli'
import { runCommandLine } from '@millrace/terminal'
import { commands as traces } from '@millrace/traces/cli'
import { apply } from './commands/apply.ts'
import { auditVerify } from './commands/audit-verify.ts'
import { backup, exportCommand, importCommand, restore } from './commands/backup.ts'
import { build } from './commands/build.ts'
import { config } from './commands/config.ts'
import { demo } from './commands/demo.ts'
import { doctor } from './commands/doctor.ts'
import { edgeExport } from './commands/edge.ts'
import { importMlflow } from './commands/import-mlflow/import-mlflow.ts'
import { gc } from './commands/gc.ts'
import { predict } from './commands/predict.ts'
import { serve } from './commands/serve.ts'
import { server } from './commands/server.ts'
import { version } from './version.ts'

const domains = [
  access,
  audit,
  collaboration,
  datasets,
  delivery,
  runs,
  governance,
  studies,
  lineage,
  models,
  serving,
  monitoring,
  pipelines,
  traces,
]

// Set, not called: what was printed must reach a pipe before the process ends.
process.exitCode = await runCommandLine({
  commands: [
    server,
    serve,
    demo,
    apply,
    auditVerify,
    config,
    doctor,
    importMlflow,
    gc,
    predict,
    edgeExport,
    build,
    backup,
    restore,
    exportCommand,
    importCommand,
    ...domains.flat(),
  ],
  argv: process.argv.slice(2),
  env: process.env,
  version,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
})
