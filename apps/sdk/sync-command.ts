#!/usr/bin/env node
import process from 'node:process'
import { connect } from './sdk.ts'

const usage = `millrace-sync: sends what runs left behind while the Millrace server was away.

Usage: millrace-sync
The server is MILLRACE_URL (default http://127.0.0.1:7400), with MILLRACE_TOKEN and MILLRACE_WORKSPACE;
what waits lies in MILLRACE_SPOOL_DIR (default ~/.millrace/spool).`

let wasRefused = false
if (process.argv.length > 2) {
  console.log(usage)
  process.exitCode = ['--help', '-h'].includes(process.argv[2] ?? '') ? 0 : 2
} else {
  const warn = (sentence: string) => {
    wasRefused = true
    console.error(sentence)
  }
  console.log(`${await connect({ warn }).sync()} requests sent.`)
  if (wasRefused) process.exitCode = 1
}
