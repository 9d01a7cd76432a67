import { describeWriters } from './writers/describe-writers.ts'

describeWriters({ kills: 100, seed: Math.floor(Math.random() * 1_000_000) }, [
  { name: 'one server on SQLite', servers: 1, onPostgres: false },
  { name: 'one server on PostgreSQL', servers: 1, onPostgres: true },
  { name: 'three servers on one PostgreSQL', servers: 3, onPostgres: true },
])
