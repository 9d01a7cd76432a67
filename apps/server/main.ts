import { Problem } from '@millrace/contract'
import { runServer } from './server.ts'

try {
  process.exitCode = await runServer(process.argv.slice(2), process.env)
} catch (error) {
  process.stderr.write(
    `${error instanceof Problem ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exitCode = error instanceof Problem ? 3 : 4
}
