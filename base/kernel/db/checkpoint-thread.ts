import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

// Copies the write-ahead log into the database, beside the writer: a checkpoint waits for the disk several times.
const database = new DatabaseSync(String(workerData), { timeout: 5000 })
database.exec('pragma synchronous = full')

parentPort?.on('message', () => {
  database.exec('pragma wal_checkpoint(passive)')
  parentPort?.postMessage('done')
})
