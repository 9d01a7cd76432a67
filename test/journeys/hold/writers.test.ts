import { describeWriters } from '../../campaigns/writers/describe-writers.ts'

describeWriters({ kills: 3, seed: 11 }, [
  { name: 'one server on SQLite', servers: 1, onPostgres: false },
  { name: 'three servers on one PostgreSQL', servers: 3, onPostgres: true },
])
